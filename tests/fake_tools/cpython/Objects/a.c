int everywhere(void) { return 1; }
#if aarch64
int there(void) { return 2; }
#endif
