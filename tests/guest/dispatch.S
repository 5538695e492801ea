// One indirect branch that goes to four places in turn, as a loop with a single dispatch does, and one that always goes to
// the same. tests/real/test_emulator.py has the figures.
        .equ    rounds, 1000

        .text
        .global _start
_start: mov     x19, #0
        adr     x20, first
1:      and     x1, x19, #3
        add     x1, x20, x1, lsl #2
        br      x1
first:  b       2f
        b       2f
        b       2f
        b       2f
2:      adr     x2, same
        br      x2
same:   add     x19, x19, #1
        cmp     x19, #rounds
        b.ne    1b
        mov     x0, #0
        mov     x8, #93                 // exit
        svc     #0
