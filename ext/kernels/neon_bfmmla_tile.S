// The inner part of the 8x12 BFMMLA tile: up to 4 pairs of rows by 2, 4 or 6 pairs of columns.
//
//   void bf16mm_mmla_<pairs of rows>x<pairs of columns>(size_t groups, const bf16 *a, const bf16 *b, float *c,
//                                                      ptrdiff_t ldc_bytes, int accumulate, size_t panels)
//
// `panels` of A follow each other, and so do their rows of C: what a call costs is shared by a column of tiles.
//
// In assembly because the registers just suffice: 24 accumulators v8-v31, 4 of A in v0-v3, and B through v4-v7 in pairs,
// reloaded while the other pair is in use; no compiler keeps to that. A group (4 values of k) costs 24 BFMMLA and 5 LDP;
// two groups per round leave 4 instructions of loop: 62 / 48 = 1.29 per BFMMLA. All cores with BFMMLA rename registers,
// so the reuse of v0-v7 costs no waiting.
//
// An accumulator is a 2x2 block [c00 c01 c10 c11]; ZIP1 and ZIP2 of two neighbours give four columns of a row each.

#if defined(__aarch64__)
        .arch   armv8.2-a+bf16
        .text

// Accumulator of pair of rows i, pair of columns j: v(8 + 6 i + j).
#define ACC00 v8
#define ACC01 v9
#define ACC02 v10
#define ACC03 v11
#define ACC04 v12
#define ACC05 v13
#define ACC10 v14
#define ACC11 v15
#define ACC12 v16
#define ACC13 v17
#define ACC14 v18
#define ACC15 v19
#define ACC20 v20
#define ACC21 v21
#define ACC22 v22
#define ACC23 v23
#define ACC24 v24
#define ACC25 v25
#define ACC30 v26
#define ACC31 v27
#define ACC32 v28
#define ACC33 v29
#define ACC34 v30
#define ACC35 v31

// One column pair j in register \b against all rows.
.macro column acc0, acc1, acc2, acc3, b, pairs
        bfmmla  \acc0\().4s, v0.8h, \b\().8h
        .if \pairs > 1
        bfmmla  \acc1\().4s, v1.8h, \b\().8h
        .endif
        .if \pairs > 2
        bfmmla  \acc2\().4s, v2.8h, \b\().8h
        .endif
        .if \pairs > 3
        bfmmla  \acc3\().4s, v3.8h, \b\().8h
        .endif
.endm

#define COLUMN(j, b, pairs) column ACC0##j, ACC1##j, ACC2##j, ACC3##j, b, pairs

// A of one group from x1 + \at.
.macro load_a at, pairs
        .if \pairs == 1
        ldr     q0, [x1, #\at]
        .else
        ldp     q0, q1, [x1, #\at]
        .endif
        .if \pairs == 3
        ldr     q2, [x1, #(\at + 32)]
        .endif
        .if \pairs == 4
        ldp     q2, q3, [x1, #(\at + 32)]
        .endif
.endm

// The 2, 4 or 6 accumulators of a pair of rows: zeros, or rows \x and \y (addresses) of memory, or back to it. The
// temporaries differ, so that no load or store waits for the one before.
.macro zero_rows x, y, columns, a0, a1, a2, a3, a4, a5
        movi    \a0\().2d, #0
        movi    \a1\().2d, #0
        .if \columns > 2
        movi    \a2\().2d, #0
        movi    \a3\().2d, #0
        .endif
        .if \columns > 4
        movi    \a4\().2d, #0
        movi    \a5\().2d, #0
        .endif
.endm

.macro load_rows x, y, columns, a0, a1, a2, a3, a4, a5
        .if \columns == 2
        ldr     q0, [\x]
        ldr     q3, [\y]
        .else
        ldp     q0, q1, [\x]
        ldp     q3, q4, [\y]
        .endif
        .if \columns == 6
        ldr     q2, [\x, #32]
        ldr     q5, [\y, #32]
        .endif
        zip1    \a0\().2d, v0.2d, v3.2d
        zip2    \a1\().2d, v0.2d, v3.2d
        .if \columns > 2
        zip1    \a2\().2d, v1.2d, v4.2d
        zip2    \a3\().2d, v1.2d, v4.2d
        .endif
        .if \columns > 4
        zip1    \a4\().2d, v2.2d, v5.2d
        zip2    \a5\().2d, v2.2d, v5.2d
        .endif
.endm

.macro store_rows x, y, columns, a0, a1, a2, a3, a4, a5
        zip1    v0.2d, \a0\().2d, \a1\().2d
        zip2    v3.2d, \a0\().2d, \a1\().2d
        .if \columns == 2
        str     q0, [\x]
        str     q3, [\y]
        .else
        zip1    v1.2d, \a2\().2d, \a3\().2d
        zip2    v4.2d, \a2\().2d, \a3\().2d
        stp     q0, q1, [\x]
        stp     q3, q4, [\y]
        .endif
        .if \columns == 6
        zip1    v2.2d, \a4\().2d, \a5\().2d
        zip2    v5.2d, \a4\().2d, \a5\().2d
        str     q2, [\x, #32]
        str     q5, [\y, #32]
        .endif
.endm

#define ROW_PAIR(what, i, x, y, columns) \
        what##_rows x, y, columns, ACC##i##0, ACC##i##1, ACC##i##2, ACC##i##3, ACC##i##4, ACC##i##5

// Rows 0 to 7 are at x3 and x6 to x12.
#define ALL_ROWS(what, pairs, columns)         \
        ROW_PAIR(what, 0, x3, x6, columns) ;   \
        .if pairs > 1 ;                        \
        ROW_PAIR(what, 1, x7, x8, columns) ;   \
        .endif ;                               \
        .if pairs > 2 ;                        \
        ROW_PAIR(what, 2, x9, x10, columns) ;  \
        .endif ;                               \
        .if pairs > 3 ;                        \
        ROW_PAIR(what, 3, x11, x12, columns) ; \
        .endif

// One group of B at x2 + at.
#define GROUP_2(pairs, at)                    \
        ldp     q4, q5, [x2, #(at)] ;         \
        COLUMN(0, v4, pairs) ;                \
        COLUMN(1, v5, pairs)
#define GROUP_4(pairs, at)                    \
        ldp     q4, q5, [x2, #(at)] ;         \
        ldp     q6, q7, [x2, #((at) + 32)] ;  \
        COLUMN(0, v4, pairs) ;                \
        COLUMN(1, v5, pairs) ;                \
        COLUMN(2, v6, pairs) ;                \
        COLUMN(3, v7, pairs)
#define GROUP_6(pairs, at)                    \
        ldp     q4, q5, [x2, #(at)] ;         \
        ldp     q6, q7, [x2, #((at) + 32)] ;  \
        COLUMN(0, v4, pairs) ;                \
        COLUMN(1, v5, pairs) ;                \
        ldp     q4, q5, [x2, #((at) + 64)] ;  \
        COLUMN(2, v6, pairs) ;                \
        COLUMN(3, v7, pairs) ;                \
        COLUMN(4, v4, pairs) ;                \
        COLUMN(5, v5, pairs)

#define TILE(pairs, columns)                                          \
        .globl  bf16mm_mmla_##pairs##x##columns ;                     \
        .hidden bf16mm_mmla_##pairs##x##columns ;                     \
        .type   bf16mm_mmla_##pairs##x##columns, %function ;          \
        .p2align 5 ;                                                  \
bf16mm_mmla_##pairs##x##columns: ;                                    \
        hint    #34 ;                                                 \
        stp     d8, d9, [sp, #-64]! ;                                 \
        stp     d10, d11, [sp, #16] ;                                 \
        stp     d12, d13, [sp, #32] ;                                 \
        stp     d14, d15, [sp, #48] ;                                 \
        mov     x14, x6 ;                                             \
        mov     x15, x2 ;                                             \
0:      mov     x2, x15 ;                                             \
        add     x6, x3, x4 ;                                          \
        add     x7, x6, x4 ;                                          \
        add     x8, x7, x4 ;                                          \
        add     x9, x8, x4 ;                                          \
        add     x10, x9, x4 ;                                         \
        add     x11, x10, x4 ;                                        \
        add     x12, x11, x4 ;                                        \
        cbz     w5, 1f ;                                              \
        ALL_ROWS(load, pairs, columns) ;                              \
        b       2f ;                                                  \
1:      ALL_ROWS(zero, pairs, columns) ;                              \
2:      lsr     x13, x0, #1 ;                                         \
        cbz     x13, 4f ;                                             \
        .p2align 5 ;                                                  \
3:      load_a  0, pairs ;                                         \
        subs    x13, x13, #1 ;                                        \
        GROUP_##columns(pairs, 0) ;                                   \
        load_a  (pairs * 16), pairs ;                              \
        add     x1, x1, #(pairs * 32) ;                               \
        GROUP_##columns(pairs, columns * 16) ;                        \
        add     x2, x2, #(columns * 32) ;                             \
        b.ne    3b ;                                                  \
4:      tbz     x0, #0, 5f ;                                          \
        load_a  0, pairs ;                                         \
        GROUP_##columns(pairs, 0) ;                                   \
        add     x1, x1, #(pairs * 16) ;                               \
5:      ALL_ROWS(store, pairs, columns) ;                             \
        subs    x14, x14, #1 ;                                        \
        add     x3, x3, x4, lsl #1 ;                                  \
        .if pairs > 1 ;                                               \
        add     x3, x8, x4 ;                                          \
        .endif ;                                                      \
        .if pairs > 2 ;                                               \
        add     x3, x10, x4 ;                                         \
        .endif ;                                                      \
        .if pairs > 3 ;                                               \
        add     x3, x12, x4 ;                                         \
        .endif ;                                                      \
        b.ne    0b ;                                                  \
        ldp     d10, d11, [sp, #16] ;                                 \
        ldp     d12, d13, [sp, #32] ;                                 \
        ldp     d14, d15, [sp, #48] ;                                 \
        ldp     d8, d9, [sp], #64 ;                                   \
        ret ;                                                         \
        .size   bf16mm_mmla_##pairs##x##columns, . - bf16mm_mmla_##pairs##x##columns

TILE(1, 2)
TILE(1, 4)
TILE(1, 6)
TILE(2, 2)
TILE(2, 4)
TILE(2, 6)
TILE(3, 2)
TILE(3, 4)
TILE(3, 6)
TILE(4, 2)
TILE(4, 4)
TILE(4, 6)

// Branch target identification: the entries begin with BTI C (hint 34), so say so.
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
