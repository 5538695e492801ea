// One ZA tile of BFMOPA, for any streaming vector length. Correct, not tuned: it enters and leaves streaming mode for
// every tile.
//
//   void bf16mm_mopa(size_t pairs, const bf16 *a, const bf16 *b, float *c, ptrdiff_t ldc_bytes, int rows, int cols,
//                    int accumulate)
//   int sme_vector_bytes(void)

#if defined(__aarch64__)
        .arch   armv9-a+sme
        .text

        .globl  sme_vector_bytes
        .hidden sme_vector_bytes
        .type   sme_vector_bytes, %function
sme_vector_bytes:
        hint    #34
        rdsvl   x0, #1
        ret
        .size   sme_vector_bytes, . - sme_vector_bytes

        .globl  bf16mm_mopa
        .hidden bf16mm_mopa
        .type   bf16mm_mopa, %function
bf16mm_mopa:
        hint    #34
        // Entering and leaving streaming mode clears every vector register.
        stp     d8, d9, [sp, #-64]!
        stp     d10, d11, [sp, #16]
        stp     d12, d13, [sp, #32]
        stp     d14, d15, [sp, #48]
        smstart
        sxtw    x5, w5
        sxtw    x6, w6
        lsl     x8, x5, #1
        lsl     x9, x6, #1
        whilelt p0.h, xzr, x8
        whilelt p1.h, xzr, x9
        whilelt p2.s, xzr, x6
        zero    {za}
        cbz     w7, 2f
        mov     w12, #0
        mov     x10, x3
1:      ld1w    {za0h.s[w12, 0]}, p2/z, [x10]
        add     x10, x10, x4
        add     w12, w12, #1
        cmp     w12, w5
        b.lt    1b
2:      cbz     x0, 4f
3:      ld1h    {z0.h}, p0/z, [x1]
        ld1h    {z1.h}, p1/z, [x2]
        bfmopa  za0.s, p0/m, p1/m, z0.h, z1.h
        add     x1, x1, x8, lsl #1
        add     x2, x2, x9, lsl #1
        subs    x0, x0, #1
        b.ne    3b
4:      mov     w12, #0
5:      st1w    {za0h.s[w12, 0]}, p2, [x3]
        add     x3, x3, x4
        add     w12, w12, #1
        cmp     w12, w5
        b.lt    5b
        smstop
        ldp     d10, d11, [sp, #16]
        ldp     d12, d13, [sp, #32]
        ldp     d14, d15, [sp, #48]
        ldp     d8, d9, [sp], #64
        ret
        .size   bf16mm_mopa, . - bf16mm_mopa

        .section .note.gnu.property, "a"
        .p2align 3
        .word   4
        .word   16
        .word   5
        .asciz  "GNU"
        .word   0xc0000000
        .word   4
        .word   1
        .word   0
#endif
        .section .note.GNU-stack, "", %progbits
