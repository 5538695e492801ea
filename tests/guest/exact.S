// A program without a C library, of which every instruction that runs is known.
// tests/real/test_emulator.py has the figures.
        .arch   armv8.6-a+sve+bf16
        .equ    rounds, 1000

        .text
        .global _start
_start: mov     x19, #rounds
        adr     x20, here
        adr     x21, room
1:      ldr     x0, [x21]               // a load
        stp     x0, x0, [x21]           // a store
        ldadd   x0, x1, [x21]           // an LSE atomic: a load and a store
        ldxr    x2, [x21]               // exclusives: a load
        stxr    w3, x2, [x21]           // and a store
        prfm    pldl1keep, [x21]        // neither
        fadd    d0, d0, d0              // scalar
        add     v1.4s, v1.4s, v1.4s     // NEON
        bfmmla  v2.4s, v1.8h, v1.8h     // NEON
        bfdot   v2.4s, v1.8h, v1.8h     // NEON
        ptrue   p0.b                    // SVE
        ld1w    {z3.s}, p0/z, [x21]     // SVE and a load
        bl      leaf                    // a call; its ret is a return
        br      x20                     // indirect
here:   subs    x19, x19, #1
        b.ne    1b                      // conditional
        mov     x0, #0
        mov     x8, #93                 // exit
        svc     #0

leaf:   ret

        .bss
        .balign 256
room:   .skip   256
