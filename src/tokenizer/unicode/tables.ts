/**
 * What Hugging Face's library, version 0.23.2, makes of every code point. Its parts are of different
 * versions of Unicode, and so are the versions of Node.js: the same text must give the same ids
 * everywhere. test/golden/generate/unicode-tables.ts wrote this file; do not edit it.
 */

/** Runs of one general category, for patterns (Oniguruma). */
export const GENERAL_CATEGORIES = `
Cc.w Zs.1 Po.3 Sc.1 Po.3 Ps.1 Pe.1 Po.1 Sm.1 Po.1 Pd.1 Po.2 Nd.a Po.2 Sm.3 Po.2 Lu.q Ps.1 Po.1
Pe.1 Sk.1 Pc.1 Sk.1 Ll.q Ps.1 Sm.1 Pe.1 Sm.1 Cc.x Zs.1 Po.1 Sc.4 So.1 Po.1 Sk.1 So.1 Lo.1 Pi.1
Sm.1 Cf.1 So.1 Sk.1 So.1 Sm.1 No.2 Sk.1 Ll.1 Po.2 Sk.1 No.1 Lo.1 Pf.1 No.3 Po.1 Lu.n Sm.1 Lu.7
Ll.o Sm.1 Ll.8 Lu.1 Ll.1 Lu.1 Ll.1 Lu.1 Ll.1 Lu.1 Ll.1 Lu.1 Ll.1 Lu.1 Ll.1 Lu.1 Ll.1 Lu.1 Ll.1
Lu.1 Ll.1 Lu.1 Ll.1 Lu.1 Ll.1 Lu.1 Ll.1 Lu.1 Ll.1 Lu.1 Ll.1 Lu.1 Ll.1 Lu.1 Ll.1 Lu.1 Ll.1 Lu.1
Ll.1 Lu.1 Ll.1 Lu.1 Ll.1 Lu.1 Ll.1 Lu.1 Ll.1 Lu.1 Ll.1 Lu.1 Ll.1 Lu.1 Ll.1 Lu.1 Ll.1 Lu.1 Ll.1
Lu.1 Ll.2 Lu.1 Ll.1 Lu.1 Ll.1 Lu.1 Ll.1 Lu.1 Ll.1 Lu.1 Ll.1 Lu.1 Ll.1 Lu.1 Ll.1 Lu.1 Ll.2 Lu.1
Ll.1 Lu.1 Ll.1 Lu.1 Ll.1 Lu.1 Ll.1 Lu.1 Ll.1 Lu.1 Ll.1 Lu.1 Ll.1 Lu.1 Ll.1 Lu.1 Ll.1 Lu.1 Ll.1
Lu.1 Ll.1 Lu.1 Ll.1 Lu.1 Ll.1 Lu.1 Ll.1 Lu.1 Ll.1 Lu.1 Ll.1 Lu.1 Ll.1 Lu.1 Ll.1 Lu.1 Ll.1 Lu.1
Ll.1 Lu.1 Ll.1 Lu.1 Ll.1 Lu.1 Ll.1 Lu.2 Ll.1 Lu.1 Ll.1 Lu.1 Ll.3 Lu.2 Ll.1 Lu.1 Ll.1 Lu.2 Ll.1
Lu.3 Ll.2 Lu.4 Ll.1 Lu.2 Ll.1 Lu.3 Ll.3 Lu.2 Ll.1 Lu.2 Ll.1 Lu.1 Ll.1 Lu.1 Ll.1 Lu.2 Ll.1 Lu.1
Ll.2 Lu.1 Ll.1 Lu.2 Ll.1 Lu.3 Ll.1 Lu.1 Ll.1 Lu.2 Ll.2 Lo.1 Lu.1 Ll.3 Lo.4 Lu.1 Lt.1 Ll.1 Lu.1
Lt.1 Ll.1 Lu.1 Lt.1 Ll.1 Lu.1 Ll.1 Lu.1 Ll.1 Lu.1 Ll.1 Lu.1 Ll.1 Lu.1 Ll.1 Lu.1 Ll.1 Lu.1 Ll.1
Lu.1 Ll.2 Lu.1 Ll.1 Lu.1 Ll.1 Lu.1 Ll.1 Lu.1 Ll.1 Lu.1 Ll.1 Lu.1 Ll.1 Lu.1 Ll.1 Lu.1 Ll.1 Lu.1
Ll.2 Lu.1 Lt.1 Ll.1 Lu.1 Ll.1 Lu.3 Ll.1 Lu.1 Ll.1 Lu.1 Ll.1 Lu.1 Ll.1 Lu.1 Ll.1 Lu.1 Ll.1 Lu.1
Ll.1 Lu.1 Ll.1 Lu.1 Ll.1 Lu.1 Ll.1 Lu.1 Ll.1 Lu.1 Ll.1 Lu.1 Ll.1 Lu.1 Ll.1 Lu.1 Ll.1 Lu.1 Ll.1
Lu.1 Ll.1 Lu.1 Ll.1 Lu.1 Ll.1 Lu.1 Ll.1 Lu.1 Ll.1 Lu.1 Ll.1 Lu.1 Ll.1 Lu.1 Ll.1 Lu.1 Ll.1 Lu.1
Ll.1 Lu.1 Ll.1 Lu.1 Ll.1 Lu.1 Ll.1 Lu.1 Ll.7 Lu.2 Ll.1 Lu.2 Ll.2 Lu.1 Ll.1 Lu.4 Ll.1 Lu.1 Ll.1
Lu.1 Ll.1 Lu.1 Ll.1 Lu.1 Ll.1x Lo.1 Ll.r Lm.i Sk.4 Lm.c Sk.e Lm.5 Sk.7 Lm.1 Sk.1 Lm.1 Sk.h Mn.34
Lu.1 Ll.1 Lu.1 Ll.1 Lm.1 Sk.1 Lu.1 Ll.1 Cn.2 Lm.1 Ll.3 Po.1 Lu.1 Cn.4 Sk.2 Lu.1 Po.1 Lu.3 Cn.1
Lu.1 Cn.1 Lu.2 Ll.1 Lu.h Cn.1 Lu.9 Ll.z Lu.1 Ll.2 Lu.3 Ll.3 Lu.1 Ll.1 Lu.1 Ll.1 Lu.1 Ll.1 Lu.1
Ll.1 Lu.1 Ll.1 Lu.1 Ll.1 Lu.1 Ll.1 Lu.1 Ll.1 Lu.1 Ll.1 Lu.1 Ll.1 Lu.1 Ll.1 Lu.1 Ll.5 Lu.1 Ll.1
Sm.1 Lu.1 Ll.1 Lu.2 Ll.2 Lu.1f Ll.1c Lu.1 Ll.1 Lu.1 Ll.1 Lu.1 Ll.1 Lu.1 Ll.1 Lu.1 Ll.1 Lu.1 Ll.1
Lu.1 Ll.1 Lu.1 Ll.1 Lu.1 Ll.1 Lu.1 Ll.1 Lu.1 Ll.1 Lu.1 Ll.1 Lu.1 Ll.1 Lu.1 Ll.1 Lu.1 Ll.1 Lu.1
Ll.1 Lu.1 Ll.1 So.1 Mn.5 Me.2 Lu.1 Ll.1 Lu.1 Ll.1 Lu.1 Ll.1 Lu.1 Ll.1 Lu.1 Ll.1 Lu.1 Ll.1 Lu.1
Ll.1 Lu.1 Ll.1 Lu.1 Ll.1 Lu.1 Ll.1 Lu.1 Ll.1 Lu.1 Ll.1 Lu.1 Ll.1 Lu.1 Ll.1 Lu.1 Ll.1 Lu.1 Ll.1
Lu.1 Ll.1 Lu.1 Ll.1 Lu.1 Ll.1 Lu.1 Ll.1 Lu.1 Ll.1 Lu.1 Ll.1 Lu.1 Ll.1 Lu.1 Ll.1 Lu.1 Ll.1 Lu.1
Ll.1 Lu.1 Ll.1 Lu.2 Ll.1 Lu.1 Ll.1 Lu.1 Ll.1 Lu.1 Ll.1 Lu.1 Ll.1 Lu.1 Ll.1 Lu.1 Ll.2 Lu.1 Ll.1
Lu.1 Ll.1 Lu.1 Ll.1 Lu.1 Ll.1 Lu.1 Ll.1 Lu.1 Ll.1 Lu.1 Ll.1 Lu.1 Ll.1 Lu.1 Ll.1 Lu.1 Ll.1 Lu.1
Ll.1 Lu.1 Ll.1 Lu.1 Ll.1 Lu.1 Ll.1 Lu.1 Ll.1 Lu.1 Ll.1 Lu.1 Ll.1 Lu.1 Ll.1 Lu.1 Ll.1 Lu.1 Ll.1
Lu.1 Ll.1 Lu.1 Ll.1 Lu.1 Ll.1 Lu.1 Ll.1 Lu.1 Ll.1 Lu.1 Ll.1 Lu.1 Ll.1 Lu.1 Ll.1 Lu.1 Ll.1 Lu.1
Ll.1 Lu.1 Ll.1 Lu.1 Ll.1 Lu.1 Ll.1 Lu.1 Ll.1 Lu.1 Ll.1 Lu.1 Ll.1 Lu.1 Ll.1 Lu.1 Ll.1 Lu.1 Ll.1
Lu.1 Ll.1 Lu.1 Ll.1 Lu.1 Ll.1 Lu.1 Ll.1 Lu.1 Ll.1 Lu.1 Ll.1 Lu.1 Ll.1 Lu.1 Ll.1 Lu.1 Ll.1 Cn.1
Lu.12 Cn.2 Lm.1 Po.6 Ll.15 Po.1 Pd.1 Cn.2 So.2 Sc.1 Cn.1 Mn.19 Pd.1 Mn.1 Po.1 Mn.2 Po.1 Mn.2 Po.1
Mn.1 Cn.8 Lo.r Cn.4 Lo.4 Po.2 Cn.b Cf.6 Sm.3 Po.2 Sc.1 Po.2 So.2 Mn.b Po.1 Cf.1 Po.3 Lo.w Lm.1
Lo.a Mn.l Nd.a Po.4 Lo.2 Mn.1 Lo.2r Po.1 Lo.1 Mn.7 Cf.1 So.1 Mn.6 Lm.2 Mn.2 So.1 Mn.4 Lo.2 Nd.a
Lo.3 So.2 Lo.1 Po.e Cn.1 Cf.1 Lo.1 Mn.1 Lo.u Mn.r Cn.2 Lo.2h Mn.b Lo.1 Cn.e Nd.a Lo.x Mn.9 Lm.2
So.1 Po.3 Lm.1 Cn.2 Mn.1 Sc.2 Lo.m Mn.4 Lm.1 Mn.9 Lm.1 Mn.3 Lm.1 Mn.5 Cn.2 Po.f Cn.1 Lo.p Mn.3
Cn.2 Po.1 Cn.1 Lo.b Cn.5 Lo.o Sk.1 Lo.6 Cn.1 Cf.2 Cn.5 Mn.9 Lo.15 Lm.1 Mn.o Cf.1 Mn.w Mc.1 Lo.1i
Mn.1 Mc.1 Mn.1 Lo.1 Mc.3 Mn.8 Mc.4 Mn.1 Mc.2 Lo.1 Mn.7 Lo.a Mn.2 Po.2 Nd.a Po.1 Lm.1 Lo.f Mn.1
Mc.2 Cn.1 Lo.8 Cn.2 Lo.2 Cn.2 Lo.m Cn.1 Lo.7 Cn.1 Lo.1 Cn.3 Lo.4 Cn.2 Mn.1 Lo.1 Mc.3 Mn.4 Cn.2
Mc.2 Cn.2 Mc.2 Mn.1 Lo.1 Cn.8 Mc.1 Cn.4 Lo.2 Cn.1 Lo.3 Mn.2 Cn.2 Nd.a Lo.2 Sc.2 No.6 So.1 Sc.1
Lo.1 Po.1 Mn.1 Cn.2 Mn.2 Mc.1 Cn.1 Lo.6 Cn.4 Lo.2 Cn.2 Lo.m Cn.1 Lo.7 Cn.1 Lo.2 Cn.1 Lo.2 Cn.1
Lo.2 Cn.2 Mn.1 Cn.1 Mc.3 Mn.2 Cn.4 Mn.2 Cn.2 Mn.3 Cn.3 Mn.1 Cn.7 Lo.4 Cn.1 Lo.1 Cn.7 Nd.a Mn.2
Lo.3 Mn.1 Po.1 Cn.a Mn.2 Mc.1 Cn.1 Lo.9 Cn.1 Lo.3 Cn.1 Lo.m Cn.1 Lo.7 Cn.1 Lo.2 Cn.1 Lo.5 Cn.2
Mn.1 Lo.1 Mc.3 Mn.5 Cn.1 Mn.2 Mc.1 Cn.1 Mc.2 Mn.1 Cn.2 Lo.1 Cn.f Lo.2 Mn.2 Cn.2 Nd.a Po.1 Sc.1
Cn.7 Lo.1 Mn.6 Cn.1 Mn.1 Mc.2 Cn.1 Lo.8 Cn.2 Lo.2 Cn.2 Lo.m Cn.1 Lo.7 Cn.1 Lo.2 Cn.1 Lo.5 Cn.2
Mn.1 Lo.1 Mc.1 Mn.1 Mc.1 Mn.4 Cn.2 Mc.2 Cn.2 Mc.2 Mn.1 Cn.7 Mn.2 Mc.1 Cn.4 Lo.2 Cn.1 Lo.3 Mn.2
Cn.2 Nd.a So.1 Lo.1 No.6 Cn.a Mn.1 Lo.1 Cn.1 Lo.6 Cn.3 Lo.3 Cn.1 Lo.4 Cn.3 Lo.2 Cn.1 Lo.1 Cn.1
Lo.2 Cn.3 Lo.2 Cn.3 Lo.3 Cn.3 Lo.c Cn.4 Mc.2 Mn.1 Mc.2 Cn.3 Mc.3 Cn.1 Mc.3 Mn.1 Cn.2 Lo.1 Cn.6
Mc.1 Cn.e Nd.a No.3 So.6 Sc.1 So.1 Cn.5 Mn.1 Mc.3 Mn.1 Lo.8 Cn.1 Lo.3 Cn.1 Lo.n Cn.1 Lo.g Cn.2
Mn.1 Lo.1 Mn.3 Mc.4 Cn.1 Mn.3 Cn.1 Mn.4 Cn.7 Mn.2 Cn.1 Lo.3 Cn.2 Lo.1 Cn.2 Lo.2 Mn.2 Cn.2 Nd.a
Cn.7 Po.1 No.7 So.1 Lo.1 Mn.1 Mc.2 Po.1 Lo.8 Cn.1 Lo.3 Cn.1 Lo.n Cn.1 Lo.a Cn.1 Lo.5 Cn.2 Mn.1
Lo.1 Mc.1 Mn.1 Mc.5 Cn.1 Mn.1 Mc.2 Cn.1 Mc.2 Mn.2 Cn.7 Mc.2 Cn.6 Lo.2 Cn.1 Lo.2 Mn.2 Cn.2 Nd.a
Cn.1 Lo.2 Mc.1 Cn.c Mn.2 Mc.2 Lo.9 Cn.1 Lo.3 Cn.1 Lo.15 Mn.2 Lo.1 Mc.3 Mn.4 Cn.1 Mc.3 Cn.1 Mc.3
Mn.1 Lo.1 So.1 Cn.4 Lo.3 Mc.1 No.7 Lo.3 Mn.2 Cn.2 Nd.a No.9 So.1 Lo.6 Cn.1 Mn.1 Mc.2 Cn.1 Lo.i
Cn.3 Lo.o Cn.1 Lo.9 Cn.1 Lo.1 Cn.2 Lo.7 Cn.3 Mn.1 Cn.4 Mc.3 Mn.3 Cn.1 Mn.1 Cn.1 Mc.8 Cn.6 Nd.a
Cn.2 Mc.2 Po.1 Cn.c Lo.1c Mn.1 Lo.2 Mn.7 Cn.4 Sc.1 Lo.6 Lm.1 Mn.8 Po.1 Nd.a Po.2 Cn.11 Lo.2 Cn.1
Lo.1 Cn.1 Lo.5 Cn.1 Lo.o Cn.1 Lo.1 Cn.1 Lo.a Mn.1 Lo.2 Mn.9 Lo.1 Cn.2 Lo.5 Cn.1 Lm.1 Cn.1 Mn.7
Cn.1 Nd.a Cn.2 Lo.4 Cn.w Lo.1 So.3 Po.f So.1 Po.1 So.3 Mn.2 So.6 Nd.a No.a So.1 Mn.1 So.1 Mn.1
So.1 Mn.1 Ps.1 Pe.1 Ps.1 Pe.1 Mc.2 Lo.8 Cn.1 Lo.10 Cn.4 Mn.e Mc.1 Mn.5 Po.1 Mn.2 Lo.5 Mn.b Cn.1
Mn.10 Cn.1 So.8 Mn.1 So.6 Cn.1 So.2 Po.5 So.4 Po.2 Cn.11 Lo.17 Mc.2 Mn.4 Mc.1 Mn.6 Mc.1 Mn.2 Mc.2
Mn.2 Lo.1 Nd.a Po.6 Lo.6 Mc.2 Mn.2 Lo.4 Mn.3 Lo.1 Mc.3 Lo.2 Mc.7 Lo.3 Mn.4 Lo.d Mn.1 Mc.2 Mn.2
Mc.6 Mn.1 Lo.1 Mc.1 Nd.a Mc.3 Mn.1 So.2 Lu.12 Cn.1 Lu.1 Cn.5 Lu.1 Cn.2 Ll.17 Po.1 Lm.1 Ll.3 Lo.95
Cn.1 Lo.4 Cn.2 Lo.7 Cn.1 Lo.1 Cn.1 Lo.4 Cn.2 Lo.15 Cn.1 Lo.4 Cn.2 Lo.x Cn.1 Lo.4 Cn.2 Lo.7 Cn.1
Lo.1 Cn.1 Lo.4 Cn.2 Lo.f Cn.1 Lo.1l Cn.1 Lo.4 Cn.2 Lo.1v Cn.2 Mn.3 Po.9 No.k Cn.3 Lo.g So.a Cn.6
Lu.2e Cn.2 Ll.6 Cn.2 Pd.1 Lo.h8 So.1 Po.1 Lo.h Zs.1 Lo.q Ps.1 Pe.1 Cn.3 Lo.23 Po.3 Nl.3 Lo.8 Cn.7
Lo.i Mn.3 Mc.1 Cn.9 Lo.j Mn.2 Mc.1 Po.2 Cn.9 Lo.i Mn.2 Cn.c Lo.d Cn.1 Lo.3 Cn.1 Mn.2 Cn.c Lo.1g
Mn.2 Mc.1 Mn.7 Mc.8 Mn.1 Mc.2 Mn.b Po.3 Lm.1 Po.3 Sc.1 Lo.1 Mn.1 Cn.2 Nd.a Cn.6 No.a Cn.6 Po.6
Pd.1 Po.4 Mn.3 Cf.1 Mn.1 Nd.a Cn.6 Lo.z Lm.1 Lo.1h Cn.7 Lo.5 Mn.2 Lo.y Mn.1 Lo.1 Cn.5 Lo.1y Cn.a
Lo.v Cn.1 Mn.3 Mc.4 Mn.2 Mc.3 Cn.4 Mc.2 Mn.1 Mc.6 Mn.3 Cn.4 So.1 Cn.3 Po.2 Nd.a Lo.u Cn.2 Lo.5
Cn.b Lo.18 Cn.4 Lo.q Cn.6 Nd.a No.1 Cn.3 So.y Lo.n Mn.2 Mc.2 Mn.1 Cn.2 Po.2 Lo.1h Mc.1 Mn.1 Mc.1
Mn.7 Cn.1 Mn.1 Mc.1 Mn.1 Mc.2 Mn.8 Mc.6 Mn.a Cn.2 Mn.1 Nd.a Cn.6 Nd.a Cn.6 Po.7 Lm.1 Po.6 Cn.2
Mn.e Me.1 Mn.g Cn.1d Mn.4 Mc.1 Lo.1b Mn.1 Mc.1 Mn.5 Mc.1 Mn.1 Mc.5 Mn.1 Mc.2 Lo.8 Cn.1 Po.2 Nd.a
Po.7 So.a Mn.9 So.9 Po.3 Mn.2 Mc.1 Lo.u Mc.1 Mn.4 Mc.2 Mn.2 Mc.1 Mn.3 Lo.2 Nd.a Lo.18 Mn.1 Mc.1
Mn.2 Mc.3 Mn.1 Mc.1 Mn.3 Mc.2 Cn.8 Po.4 Lo.10 Mc.8 Mn.8 Mc.2 Mn.2 Cn.3 Po.5 Nd.a Cn.3 Lo.3 Nd.a
Lo.u Lm.6 Po.2 Ll.9 Lu.1 Ll.1 Cn.5 Lu.17 Cn.2 Lu.3 Po.8 Cn.8 Mn.3 Po.1 Mn.d Mc.1 Mn.7 Lo.4 Mn.1
Lo.6 Mn.1 Lo.2 Mc.1 Mn.2 Lo.1 Cn.5 Ll.18 Lm.1r Ll.d Lm.1 Ll.y Lm.11 Mn.1s Lu.1 Ll.1 Lu.1 Ll.1 Lu.1
Ll.1 Lu.1 Ll.1 Lu.1 Ll.1 Lu.1 Ll.1 Lu.1 Ll.1 Lu.1 Ll.1 Lu.1 Ll.1 Lu.1 Ll.1 Lu.1 Ll.1 Lu.1 Ll.1
Lu.1 Ll.1 Lu.1 Ll.1 Lu.1 Ll.1 Lu.1 Ll.1 Lu.1 Ll.1 Lu.1 Ll.1 Lu.1 Ll.1 Lu.1 Ll.1 Lu.1 Ll.1 Lu.1
Ll.1 Lu.1 Ll.1 Lu.1 Ll.1 Lu.1 Ll.1 Lu.1 Ll.1 Lu.1 Ll.1 Lu.1 Ll.1 Lu.1 Ll.1 Lu.1 Ll.1 Lu.1 Ll.1
Lu.1 Ll.1 Lu.1 Ll.1 Lu.1 Ll.1 Lu.1 Ll.1 Lu.1 Ll.1 Lu.1 Ll.1 Lu.1 Ll.1 Lu.1 Ll.1 Lu.1 Ll.1 Lu.1
Ll.1 Lu.1 Ll.1 Lu.1 Ll.1 Lu.1 Ll.1 Lu.1 Ll.1 Lu.1 Ll.1 Lu.1 Ll.1 Lu.1 Ll.1 Lu.1 Ll.1 Lu.1 Ll.1
Lu.1 Ll.1 Lu.1 Ll.1 Lu.1 Ll.1 Lu.1 Ll.1 Lu.1 Ll.1 Lu.1 Ll.1 Lu.1 Ll.1 Lu.1 Ll.1 Lu.1 Ll.1 Lu.1
Ll.1 Lu.1 Ll.1 Lu.1 Ll.1 Lu.1 Ll.1 Lu.1 Ll.1 Lu.1 Ll.1 Lu.1 Ll.1 Lu.1 Ll.1 Lu.1 Ll.1 Lu.1 Ll.1
Lu.1 Ll.1 Lu.1 Ll.1 Lu.1 Ll.1 Lu.1 Ll.1 Lu.1 Ll.1 Lu.1 Ll.9 Lu.1 Ll.1 Lu.1 Ll.1 Lu.1 Ll.1 Lu.1
Ll.1 Lu.1 Ll.1 Lu.1 Ll.1 Lu.1 Ll.1 Lu.1 Ll.1 Lu.1 Ll.1 Lu.1 Ll.1 Lu.1 Ll.1 Lu.1 Ll.1 Lu.1 Ll.1
Lu.1 Ll.1 Lu.1 Ll.1 Lu.1 Ll.1 Lu.1 Ll.1 Lu.1 Ll.1 Lu.1 Ll.1 Lu.1 Ll.1 Lu.1 Ll.1 Lu.1 Ll.1 Lu.1
Ll.1 Lu.1 Ll.1 Lu.1 Ll.1 Lu.1 Ll.1 Lu.1 Ll.1 Lu.1 Ll.1 Lu.1 Ll.1 Lu.1 Ll.1 Lu.1 Ll.1 Lu.1 Ll.1
Lu.1 Ll.1 Lu.1 Ll.1 Lu.1 Ll.1 Lu.1 Ll.1 Lu.1 Ll.1 Lu.1 Ll.1 Lu.1 Ll.1 Lu.1 Ll.1 Lu.1 Ll.1 Lu.1
Ll.1 Lu.1 Ll.1 Lu.1 Ll.1 Lu.1 Ll.1 Lu.1 Ll.1 Lu.1 Ll.1 Lu.1 Ll.1 Lu.1 Ll.9 Lu.8 Ll.6 Cn.2 Lu.6
Cn.2 Ll.8 Lu.8 Ll.8 Lu.8 Ll.6 Cn.2 Lu.6 Cn.2 Ll.8 Cn.1 Lu.1 Cn.1 Lu.1 Cn.1 Lu.1 Cn.1 Lu.1 Ll.8
Lu.8 Ll.e Cn.2 Ll.8 Lt.8 Ll.8 Lt.8 Ll.8 Lt.8 Ll.5 Cn.1 Ll.2 Lu.4 Lt.1 Sk.1 Ll.1 Sk.3 Ll.3 Cn.1
Ll.2 Lu.4 Lt.1 Sk.3 Ll.4 Cn.2 Ll.2 Lu.4 Cn.1 Sk.3 Ll.8 Lu.5 Sk.3 Cn.2 Ll.3 Cn.1 Ll.2 Lu.4 Lt.1
Sk.2 Cn.1 Zs.b Cf.5 Pd.6 Po.2 Pi.1 Pf.1 Ps.1 Pi.2 Pf.1 Ps.1 Pi.1 Po.8 Zl.1 Zp.1 Cf.5 Zs.1 Po.9
Pi.1 Pf.1 Po.4 Pc.2 Po.3 Sm.1 Ps.1 Pe.1 Po.b Sm.1 Po.1 Pc.1 Po.a Zs.1 Cf.5 Cn.1 Cf.a No.1 Lm.1
Cn.2 No.6 Sm.3 Ps.1 Pe.1 Lm.1 No.a Sm.3 Ps.1 Pe.1 Cn.1 Lm.d Cn.3 Sc.x Cn.f Mn.d Me.4 Mn.1 Me.3
Mn.c Cn.f So.2 Lu.1 So.4 Lu.1 So.2 Ll.1 Lu.3 Ll.2 Lu.3 Ll.1 So.1 Lu.1 So.2 Sm.1 Lu.5 So.6 Lu.1
So.1 Lu.1 So.1 Lu.1 So.1 Lu.4 So.1 Ll.1 Lu.4 Ll.1 Lo.4 Ll.1 So.2 Ll.2 Lu.2 Sm.5 Lu.1 Ll.4 So.1
Sm.1 So.2 Ll.1 So.1 No.g Nl.z Lu.1 Ll.1 Nl.4 No.1 So.2 Cn.4 Sm.5 So.5 Sm.2 So.4 Sm.1 So.2 Sm.1
So.2 Sm.1 So.7 Sm.1 So.v Sm.2 So.2 Sm.1 So.1 Sm.1 So.v Sm.7g So.8 Ps.1 Pe.1 Ps.1 Pe.1 So.k Sm.2
So.7 Ps.1 Pe.1 So.29 Sm.1 So.u Sm.p So.14 Sm.6 So.20 Cn.m So.b Cn.l No.1o So.26 No.m So.53 Sm.1
So.9 Sm.1 So.1i Sm.8 So.33 Sm.1 So.6w Ps.1 Pe.1 Ps.1 Pe.1 Ps.1 Pe.1 Ps.1 Pe.1 Ps.1 Pe.1 Ps.1 Pe.1
Ps.1 Pe.1 No.u So.18 Sm.5 Ps.1 Pe.1 Sm.v Ps.1 Pe.1 Ps.1 Pe.1 Ps.1 Pe.1 Ps.1 Pe.1 Ps.1 Pe.1 Sm.g
So.74 Sm.3n Ps.1 Pe.1 Ps.1 Pe.1 Ps.1 Pe.1 Ps.1 Pe.1 Ps.1 Pe.1 Ps.1 Pe.1 Ps.1 Pe.1 Ps.1 Pe.1 Ps.1
Pe.1 Ps.1 Pe.1 Ps.1 Pe.1 Sm.1r Ps.1 Pe.1 Ps.1 Pe.1 Sm.w Ps.1 Pe.1 Sm.76 So.1c Sm.l So.2 Sm.6 So.13
Cn.2 So.w Cn.1 So.2x Lu.1c Ll.1c Lu.1 Ll.1 Lu.3 Ll.2 Lu.1 Ll.1 Lu.1 Ll.1 Lu.1 Ll.1 Lu.4 Ll.1 Lu.1
Ll.2 Lu.1 Ll.6 Lm.2 Lu.3 Ll.1 Lu.1 Ll.1 Lu.1 Ll.1 Lu.1 Ll.1 Lu.1 Ll.1 Lu.1 Ll.1 Lu.1 Ll.1 Lu.1
Ll.1 Lu.1 Ll.1 Lu.1 Ll.1 Lu.1 Ll.1 Lu.1 Ll.1 Lu.1 Ll.1 Lu.1 Ll.1 Lu.1 Ll.1 Lu.1 Ll.1 Lu.1 Ll.1
Lu.1 Ll.1 Lu.1 Ll.1 Lu.1 Ll.1 Lu.1 Ll.1 Lu.1 Ll.1 Lu.1 Ll.1 Lu.1 Ll.1 Lu.1 Ll.1 Lu.1 Ll.1 Lu.1
Ll.1 Lu.1 Ll.1 Lu.1 Ll.1 Lu.1 Ll.1 Lu.1 Ll.1 Lu.1 Ll.1 Lu.1 Ll.1 Lu.1 Ll.1 Lu.1 Ll.1 Lu.1 Ll.1
Lu.1 Ll.1 Lu.1 Ll.1 Lu.1 Ll.1 Lu.1 Ll.1 Lu.1 Ll.1 Lu.1 Ll.1 Lu.1 Ll.1 Lu.1 Ll.1 Lu.1 Ll.1 Lu.1
Ll.1 Lu.1 Ll.1 Lu.1 Ll.1 Lu.1 Ll.1 Lu.1 Ll.2 So.6 Lu.1 Ll.1 Lu.1 Ll.1 Mn.3 Lu.1 Ll.1 Cn.5 Po.4
No.1 Po.2 Ll.12 Cn.1 Ll.1 Cn.5 Ll.1 Cn.2 Lo.1k Cn.7 Lm.1 Po.1 Cn.e Mn.1 Lo.n Cn.9 Lo.7 Cn.1 Lo.7
Cn.1 Lo.7 Cn.1 Lo.7 Cn.1 Lo.7 Cn.1 Lo.7 Cn.1 Lo.7 Cn.1 Lo.7 Cn.1 Mn.w Po.2 Pi.1 Pf.1 Pi.1 Pf.1
Po.3 Pi.1 Pf.1 Po.1 Pi.1 Pf.1 Po.9 Pd.1 Po.2 Pd.1 Po.1 Pi.1 Pf.1 Po.2 Pi.1 Pf.1 Ps.1 Pe.1 Ps.1
Pe.1 Ps.1 Pe.1 Ps.1 Pe.1 Po.5 Lm.1 Po.a Pd.2 Po.4 Pd.1 Po.1 Ps.1 Po.d So.2 Po.3 Ps.1 Pe.1 Ps.1
Pe.1 Ps.1 Pe.1 Ps.1 Pe.1 Pd.1 Cn.y So.q Cn.1 So.2h Cn.c So.5y Cn.q So.g Zs.1 Po.3 So.1 Lm.1 Lo.1
Nl.1 Ps.1 Pe.1 Ps.1 Pe.1 Ps.1 Pe.1 Ps.1 Pe.1 Ps.1 Pe.1 So.2 Ps.1 Pe.1 Ps.1 Pe.1 Ps.1 Pe.1 Ps.1
Pe.1 Pd.1 Ps.1 Pe.2 So.1 Nl.9 Mn.4 Mc.2 Pd.1 Lm.5 So.2 Nl.3 Lm.1 Lo.1 Po.1 So.2 Cn.1 Lo.2e Cn.2
Mn.2 Sk.2 Lm.2 Lo.1 Pd.1 Lo.2i Po.1 Lm.3 Lo.1 Cn.5 Lo.17 Cn.1 Lo.2m Cn.1 So.2 No.4 So.a Lo.w So.12
Cn.9 So.1 Lo.g So.v Cn.1 No.a So.u No.8 So.1 No.f So.w No.a So.13 No.f So.8w Lo.534 So.1s Lo.g7p
Lm.1 Lo.vr Cn.3 So.1j Cn.9 Lo.14 Lm.6 Po.2 Lo.7g Lm.1 Po.3 Lo.g Nd.a Lo.2 Cn.k Lu.1 Ll.1 Lu.1 Ll.1
Lu.1 Ll.1 Lu.1 Ll.1 Lu.1 Ll.1 Lu.1 Ll.1 Lu.1 Ll.1 Lu.1 Ll.1 Lu.1 Ll.1 Lu.1 Ll.1 Lu.1 Ll.1 Lu.1
Ll.1 Lu.1 Ll.1 Lu.1 Ll.1 Lu.1 Ll.1 Lu.1 Ll.1 Lu.1 Ll.1 Lu.1 Ll.1 Lu.1 Ll.1 Lu.1 Ll.1 Lu.1 Ll.1
Lu.1 Ll.1 Lu.1 Ll.1 Lo.1 Mn.1 Me.3 Po.1 Mn.a Po.1 Lm.1 Lu.1 Ll.1 Lu.1 Ll.1 Lu.1 Ll.1 Lu.1 Ll.1
Lu.1 Ll.1 Lu.1 Ll.1 Lu.1 Ll.1 Lu.1 Ll.1 Lu.1 Ll.1 Lu.1 Ll.1 Lu.1 Ll.1 Lu.1 Ll.1 Lu.1 Ll.1 Lu.1
Ll.1 Lm.2 Mn.2 Lo.1y Nl.a Mn.2 Po.6 Cn.8 Sk.n Lm.9 Sk.2 Lu.1 Ll.1 Lu.1 Ll.1 Lu.1 Ll.1 Lu.1 Ll.1
Lu.1 Ll.1 Lu.1 Ll.1 Lu.1 Ll.3 Lu.1 Ll.1 Lu.1 Ll.1 Lu.1 Ll.1 Lu.1 Ll.1 Lu.1 Ll.1 Lu.1 Ll.1 Lu.1
Ll.1 Lu.1 Ll.1 Lu.1 Ll.1 Lu.1 Ll.1 Lu.1 Ll.1 Lu.1 Ll.1 Lu.1 Ll.1 Lu.1 Ll.1 Lu.1 Ll.1 Lu.1 Ll.1
Lu.1 Ll.1 Lu.1 Ll.1 Lu.1 Ll.1 Lu.1 Ll.1 Lu.1 Ll.1 Lu.1 Ll.1 Lu.1 Ll.1 Lu.1 Ll.1 Lu.1 Ll.1 Lu.1
Ll.1 Lu.1 Ll.1 Lu.1 Ll.1 Lu.1 Ll.1 Lu.1 Ll.1 Lu.1 Ll.1 Lm.1 Ll.8 Lu.1 Ll.1 Lu.1 Ll.1 Lu.2 Ll.1
Lu.1 Ll.1 Lu.1 Ll.1 Lu.1 Ll.1 Lu.1 Ll.1 Lm.1 Sk.2 Lu.1 Ll.1 Lu.1 Ll.1 Lo.1 Lu.1 Ll.1 Lu.1 Ll.3
Lu.1 Ll.1 Lu.1 Ll.1 Lu.1 Ll.1 Lu.1 Ll.1 Lu.1 Ll.1 Lu.1 Ll.1 Lu.1 Ll.1 Lu.1 Ll.1 Lu.1 Ll.1 Lu.1
Ll.1 Lu.5 Ll.1 Lu.5 Ll.1 Lu.1 Ll.1 Lu.1 Ll.1 Lu.1 Ll.1 Lu.1 Ll.1 Lu.1 Ll.1 Lu.1 Ll.1 Lu.1 Ll.1
Lu.4 Ll.1 Lu.1 Ll.1 Lu.2 Ll.1 Cn.2 Lu.1 Ll.1 Cn.1 Ll.1 Cn.1 Ll.1 Lu.1 Ll.1 Lu.1 Ll.1 Lu.1 Ll.1
Lu.1 Cn.l Lm.3 Lu.1 Ll.1 Lo.1 Lm.2 Ll.1 Lo.7 Mn.1 Lo.3 Mn.1 Lo.4 Mn.1 Lo.n Mc.2 Mn.2 Mc.1 So.4
Mn.1 Cn.3 No.6 So.2 Sc.1 So.1 Cn.6 Lo.1g Po.4 Cn.8 Mc.2 Lo.1e Mc.g Mn.2 Cn.8 Po.2 Nd.a Cn.6 Mn.i
Lo.6 Po.3 Lo.1 Po.1 Lo.2 Mn.1 Nd.a Lo.s Mn.8 Po.2 Lo.n Mn.b Mc.2 Cn.b Po.1 Lo.t Cn.3 Mn.3 Mc.1
Lo.1b Mn.1 Mc.2 Mn.4 Mc.2 Mn.2 Mc.3 Po.d Cn.1 Lm.1 Nd.a Cn.4 Po.2 Lo.5 Mn.1 Lm.1 Lo.9 Nd.a Lo.5
Cn.1 Lo.15 Mn.6 Mc.2 Mn.2 Mc.2 Mn.2 Cn.9 Lo.3 Mn.1 Lo.8 Mn.1 Mc.1 Cn.2 Nd.a Cn.2 Po.4 Lo.g Lm.1
Lo.6 So.3 Lo.1 Mc.1 Mn.1 Mc.1 Lo.1e Mn.1 Lo.1 Mn.3 Lo.2 Mn.2 Lo.5 Mn.2 Lo.1 Mn.1 Lo.1 Cn.o Lo.2
Lm.1 Po.2 Lo.b Mc.1 Mn.2 Mc.2 Po.2 Lo.1 Lm.2 Mc.1 Mn.1 Cn.a Lo.6 Cn.2 Lo.6 Cn.2 Lo.6 Cn.9 Lo.7
Cn.1 Lo.7 Cn.1 Ll.17 Sk.1 Lm.4 Ll.9 Lm.1 Sk.2 Cn.4 Ll.28 Lo.z Mc.2 Mn.1 Mc.2 Mn.1 Mc.2 Po.1 Mc.1
Mn.1 Cn.2 Nd.a Cn.6 Lo.8mc Cn.c Lo.n Cn.4 Lo.1d Cn.4 Cs.1kw Co.4xs Lo.a6 Cn.2 Lo.2y Cn.12 Ll.7
Cn.c Ll.5 Cn.5 Lo.1 Mn.1 Lo.a Sm.1 Lo.d Cn.1 Lo.5 Cn.1 Lo.1 Cn.1 Lo.2 Cn.1 Lo.2 Cn.1 Lo.30 Sk.h
Cn.g Lo.a3 Pe.1 Ps.1 So.g Lo.1s Cn.2 Lo.1i Cn.7 So.1 Cn.w Lo.c Sc.1 So.3 Mn.g Po.7 Ps.1 Pe.1 Po.1
Cn.6 Mn.g Po.1 Pd.2 Pc.2 Ps.1 Pe.1 Ps.1 Pe.1 Ps.1 Pe.1 Ps.1 Pe.1 Ps.1 Pe.1 Ps.1 Pe.1 Ps.1 Pe.1
Ps.1 Pe.1 Po.2 Ps.1 Pe.1 Po.4 Pc.3 Po.3 Cn.1 Po.4 Pd.1 Ps.1 Pe.1 Ps.1 Pe.1 Ps.1 Pe.1 Po.3 Sm.1
Pd.1 Sm.3 Cn.1 Po.1 Sc.1 Po.2 Cn.4 Lo.5 Cn.1 Lo.3r Cn.2 Cf.1 Cn.1 Po.3 Sc.1 Po.3 Ps.1 Pe.1 Po.1
Sm.1 Po.1 Pd.1 Po.2 Nd.a Po.2 Sm.3 Po.2 Lu.q Ps.1 Po.1 Pe.1 Sk.1 Pc.1 Sk.1 Ll.q Ps.1 Sm.1 Pe.1
Sm.1 Ps.1 Pe.1 Po.1 Ps.1 Pe.1 Po.2 Lo.a Lm.1 Lo.19 Lm.2 Lo.v Cn.3 Lo.6 Cn.2 Lo.6 Cn.2 Lo.6 Cn.2
Lo.3 Cn.3 Sc.2 Sm.1 Sk.1 So.1 Sc.2 Cn.1 So.1 Sm.4 So.2 Cn.a Cf.3 So.2 Cn.2 Lo.c Cn.1 Lo.q Cn.1
Lo.j Cn.1 Lo.2 Cn.1 Lo.f Cn.2 Lo.e Cn.y Lo.3f Cn.5 Po.3 Cn.4 No.19 Cn.3 So.9 Nl.1h No.4 So.h No.2
So.3 Cn.1 So.d Cn.3 So.1 Cn.1b So.19 Mn.1 Cn.3m Lo.t Cn.3 Lo.1d Cn.f Mn.1 No.r Cn.4 Lo.w No.4 Cn.9
Lo.k Nl.1 Lo.8 Nl.1 Cn.5 Lo.12 Mn.5 Cn.5 Lo.u Cn.1 Po.1 Lo.10 Cn.4 Lo.8 Po.1 Nl.5 Cn.16 Lu.14
Ll.14 Lo.26 Cn.2 Nd.a Cn.6 Lu.10 Cn.4 Ll.10 Cn.4 Lo.14 Cn.8 Lo.1g Cn.b Po.1 Lu.b Cn.1 Lu.f Cn.1
Lu.7 Cn.1 Lu.2 Cn.1 Ll.b Cn.1 Ll.f Cn.1 Ll.7 Cn.1 Ll.2 Cn.3 Lo.1g Cn.c Lo.8n Cn.9 Lo.m Cn.a Lo.8
Cn.o Lm.6 Cn.1 Lm.16 Cn.1 Lm.9 Cn.1x Lo.6 Cn.2 Lo.1 Cn.1 Lo.18 Cn.1 Lo.2 Cn.3 Lo.1 Cn.2 Lo.n Cn.1
Po.1 No.8 Lo.n So.2 No.7 Lo.v Cn.8 No.9 Cn.1c Lo.j Cn.1 Lo.2 Cn.5 No.5 Lo.m No.6 Cn.3 Po.1 Lo.q
Cn.5 Po.1 Cn.1s Lo.1k Cn.4 No.2 Lo.2 No.g Cn.2 No.1a Lo.1 Mn.3 Cn.1 Mn.2 Cn.5 Mn.4 Lo.4 Cn.1 Lo.3
Cn.1 Lo.t Cn.2 Mn.3 Cn.4 Mn.1 No.9 Cn.7 Po.9 Cn.7 Lo.t No.2 Po.1 Lo.t No.3 Cn.w Lo.8 So.1 Lo.s
Mn.2 Cn.4 No.5 Po.7 Cn.9 Lo.1i Cn.3 Po.7 Lo.m Cn.2 No.8 Lo.j Cn.5 No.8 Lo.i Cn.7 Po.4 Cn.c No.7
Cn.28 Lo.21 Cn.1j Lu.1f Cn.d Ll.1f Cn.7 No.6 Lo.10 Mn.4 Cn.8 Nd.a Cn.6 Nd.a Lo.4 Lm.1 Lo.1 Lu.m
Cn.3 Mn.5 Pd.1 Lm.1 Ll.m Cn.8 Sm.2 Cn.5s No.v Cn.1 Lo.16 Cn.1 Mn.2 Pd.1 Cn.2 Lo.2 Cn.g Lo.3 Cn.1j
Mn.4 Lo.t No.a Lo.1 Cn.8 Lo.m Mn.b No.4 Po.5 Cn.m Lo.i Mn.4 Po.4 Cn.12 Lo.l No.7 Cn.k Lo.n Cn.9
Mc.1 Mn.1 Mc.1 Lo.1h Mn.f Po.7 Cn.4 No.k Nd.a Mn.1 Lo.2 Mn.2 Lo.1 Cn.9 Mn.3 Mc.1 Lo.19 Mc.3 Mn.4
Mc.2 Mn.2 Po.2 Cf.1 Po.4 Mn.1 Cn.a Cf.1 Cn.2 Lo.p Cn.7 Nd.a Cn.6 Mn.3 Lo.10 Mn.5 Mc.1 Mn.8 Cn.1
Nd.a Po.4 Lo.1 Mc.2 Lo.1 Cn.8 Lo.z Mn.1 Po.2 Lo.1 Cn.9 Mn.2 Mc.1 Lo.1c Mc.3 Mn.9 Mc.2 Lo.4 Po.4
Mn.4 Po.1 Mc.1 Mn.1 Nd.a Lo.1 Po.1 Lo.1 Po.3 Cn.1 No.k Cn.b Lo.i Cn.1 Lo.p Mc.3 Mn.3 Mc.2 Mn.1
Mc.1 Mn.2 Po.6 Mn.1 Lo.2 Mn.1 Cn.1q Lo.7 Cn.1 Lo.1 Cn.1 Lo.4 Cn.1 Lo.f Cn.1 Lo.a Po.1 Cn.6 Lo.1b
Mn.1 Mc.3 Mn.8 Cn.5 Nd.a Cn.6 Mn.2 Mc.2 Cn.1 Lo.8 Cn.2 Lo.2 Cn.2 Lo.m Cn.1 Lo.7 Cn.1 Lo.2 Cn.1
Lo.5 Cn.1 Mn.2 Lo.1 Mc.2 Mn.1 Mc.4 Cn.2 Mc.2 Cn.2 Mc.3 Cn.2 Lo.1 Cn.6 Mc.1 Cn.5 Lo.5 Mc.2 Cn.2
Mn.7 Cn.3 Mn.5 Cn.b Lo.a Cn.1 Lo.1 Cn.2 Lo.1 Cn.1 Lo.12 Cn.1 Lo.1 Mc.3 Mn.6 Cn.1 Mc.1 Cn.2 Mc.1
Cn.1 Mc.4 Cn.1 Mc.2 Mn.1 Mc.1 Mn.1 Lo.1 Mn.1 Lo.1 Po.2 Cn.1 Po.2 Cn.8 Mn.2 Cn.t Lo.1h Mc.3 Mn.8
Mc.2 Mn.3 Mc.1 Mn.1 Lo.4 Po.5 Nd.a Po.2 Cn.1 Po.1 Mn.1 Lo.3 Cn.u Lo.1c Mc.3 Mn.6 Mc.1 Mn.1 Mc.4
Mn.2 Mc.1 Mn.2 Lo.2 Po.1 Lo.1 Cn.8 Nd.a Cn.4m Lo.1b Mc.3 Mn.4 Cn.2 Mc.4 Mn.2 Mc.1 Mn.2 Po.n Lo.4
Mn.2 Cn.y Lo.1c Mc.3 Mn.8 Mc.2 Mn.1 Mc.1 Mn.2 Po.3 Lo.1 Cn.b Nd.a Cn.6 Po.d Cn.j Lo.17 Mn.1 Mc.1
Mn.1 Mc.2 Mn.6 Mc.1 Mn.1 Lo.1 Po.1 Cn.6 Nd.a Cn.6 Nd.k Cn.s Lo.r Cn.2 Mn.1 Mc.1 Mn.1 Mc.2 Mn.4
Mc.1 Mn.5 Cn.4 Nd.a No.2 Po.3 So.1 Lo.7 Cn.55 Lo.18 Mc.3 Mn.9 Mc.1 Mn.2 Po.1 Cn.2s Lu.w Ll.w Nd.a
No.9 Cn.c Lo.8 Cn.2 Lo.1 Cn.2 Lo.8 Cn.1 Lo.2 Cn.1 Lo.o Mc.6 Cn.1 Mc.2 Cn.2 Mn.2 Mc.1 Mn.1 Lo.1
Mc.1 Lo.1 Mc.1 Mn.1 Po.3 Cn.9 Nd.a Cn.1y Lo.8 Cn.2 Lo.13 Mc.3 Mn.4 Cn.2 Mn.2 Mc.4 Mn.1 Lo.1 Po.1
Lo.1 Mc.1 Cn.r Lo.1 Mn.a Lo.14 Mn.6 Mc.1 Lo.1 Mn.4 Po.8 Mn.1 Cn.8 Lo.1 Mn.6 Mc.2 Mn.3 Lo.1a Mn.d
Mc.1 Mn.2 Po.3 Lo.1 Po.5 Cn.d Lo.21 Cn.7 Po.a Cn.52 Lo.x Po.1 Cn.e Nd.a Cn.6 Lo.9 Cn.1 Lo.11 Mc.1
Mn.7 Cn.1 Mn.6 Mc.1 Mn.1 Lo.1 Po.5 Cn.a Nd.a No.j Cn.3 Po.2 Lo.u Cn.2 Mn.m Cn.1 Mc.1 Mn.7 Mc.1
Mn.2 Mc.1 Mn.2 Cn.21 Lo.7 Cn.1 Lo.2 Cn.1 Lo.12 Mn.6 Cn.3 Mn.1 Cn.1 Mn.2 Cn.1 Mn.7 Lo.1 Mn.1 Cn.8
Nd.a Cn.6 Lo.6 Cn.1 Lo.2 Cn.1 Lo.w Mc.5 Cn.1 Mn.2 Cn.1 Mc.2 Mn.1 Mc.1 Mn.1 Lo.1 Cn.7 Nd.a Cn.8m
Lo.j Mn.2 Mc.2 Po.2 Cn.7 Mn.2 Lo.1 Mc.1 Lo.d Cn.1 Lo.y Mc.2 Mn.5 Cn.3 Mc.2 Mn.1 Mc.1 Mn.1 Po.d
Nd.a Mn.1 Cn.2d Lo.1 Cn.f No.l So.8 Sc.4 So.h Cn.d Po.1 Lo.pm Cn.2u Nl.33 Cn.1 Po.5 Cn.b Lo.5g
Cn.218 Lo.2p Po.2 Cn.d Lo.ts Cf.g Mn.1 Lo.6 Mn.f Cn.a Lo.32z Cn.5 Lo.g7 Cn.5a1 Lo.u Mn.c Mc.3 Mn.3
Nd.a Cn.1c6 Lo.ft Cn.7 Lo.v Cn.1 Nd.a Cn.4 Po.2 Lo.27 Cn.1 Nd.a Cn.6 Lo.u Cn.2 Mn.5 Po.1 Cn.a
Lo.1c Mn.7 Po.5 So.4 Lm.4 Po.1 So.1 Cn.a Nd.a Cn.1 No.7 Cn.1 Lo.l Cn.5 Lo.j Cn.c0 Lm.3 Lo.14 Lm.2
Po.3 Nd.a Cn.5i Lu.w Ll.w No.n Po.4 Cn.2t Lo.23 Cn.4 Mn.1 Lo.1 Mc.1j Cn.7 Mn.4 Lm.d Cn.1s Lm.2
Po.1 Lm.1 Mn.1 Cn.b Mc.2 Cn.e Lo.4qg Cn.8 Lo.ye Cn.15 Lo.a Cn.6w7 Lm.4 Cn.1 Lm.7 Cn.1 Lm.2 Cn.1
Lo.83 Cn.f Lo.1 Cn.t Lo.3 Cn.2 Lo.1 Cn.e Lo.4 Cn.8 Lo.b0 Cn.1s4 Lo.2z Cn.5 Lo.d Cn.3 Lo.9 Cn.7
Lo.a Cn.2 So.1 Mn.2 Po.1 Cf.4 Cn.318 So.6o Nd.a Cn.6 So.c4 Cn.24 Mn.1a Cn.2 Mn.n Cn.9 So.38 Cn.1o
So.6u Cn.a So.13 Cn.2 So.1o Mc.2 Mn.3 So.3 Mc.6 Cf.8 Mn.8 So.2 Mn.7 So.u Mn.4 So.1p Cn.l So.1u
Mn.3 So.1 Cn.3e No.k Cn.c No.k Cn.c So.2f Cn.9 No.p Cn.3r Lu.q Ll.q Lu.q Ll.7 Cn.1 Ll.i Lu.q Ll.q
Lu.1 Cn.1 Lu.2 Cn.2 Lu.1 Cn.2 Lu.2 Cn.2 Lu.4 Cn.1 Lu.8 Ll.4 Cn.1 Ll.1 Cn.1 Ll.7 Cn.1 Ll.b Lu.q
Ll.q Lu.2 Cn.1 Lu.4 Cn.2 Lu.8 Cn.1 Lu.7 Cn.1 Ll.q Lu.2 Cn.1 Lu.4 Cn.1 Lu.5 Cn.1 Lu.1 Cn.3 Lu.7
Cn.1 Ll.q Lu.q Ll.q Lu.q Ll.q Lu.q Ll.q Lu.q Ll.q Lu.q Ll.q Lu.q Ll.s Cn.2 Lu.p Sm.1 Ll.p Sm.1
Ll.6 Lu.p Sm.1 Ll.p Sm.1 Ll.6 Lu.p Sm.1 Ll.p Sm.1 Ll.6 Lu.p Sm.1 Ll.p Sm.1 Ll.6 Lu.p Sm.1 Ll.p
Sm.1 Ll.6 Lu.1 Ll.1 Cn.2 Nd.1e So.e8 Mn.1j So.4 Mn.1e So.8 Mn.1 So.e Mn.1 So.2 Po.5 Cn.f Mn.5 Cn.1
Mn.f Cn.uo Ll.a Lo.1 Ll.k Cn.6 Ll.6 Cn.5x Mn.7 Cn.1 Mn.h Cn.2 Mn.7 Cn.1 Mn.2 Cn.1 Mn.5 Cn.5 Lm.1q
Cn.x Mn.1 Cn.34 Lo.19 Cn.3 Mn.7 Lm.7 Cn.2 Nd.a Cn.4 Lo.1 So.1 Cn.8w Lo.u Mn.1 Cn.h Lo.18 Mn.4 Nd.a
Cn.5 Sc.1 Cn.cw Lo.r Lm.1 Mn.4 Nd.a Cn.5y Lo.u Mn.2 Lo.1 Nd.a Cn.4 Po.1 Cn.dc Lo.7 Cn.1 Lo.4 Cn.1
Lo.2 Cn.1 Lo.f Cn.1 Lo.5h Cn.2 No.9 Mn.7 Cn.15 Lu.y Ll.y Mn.7 Lm.1 Cn.4 Nd.a Cn.4 Po.2 Cn.lt No.1n
So.1 No.3 Sc.1 No.4 Cn.24 No.19 So.1 No.f Cn.5e Lo.4 Cn.1 Lo.r Cn.1 Lo.2 Cn.1 Lo.1 Cn.2 Lo.1 Cn.1
Lo.a Cn.1 Lo.4 Cn.1 Lo.1 Cn.1 Lo.1 Cn.6 Lo.1 Cn.4 Lo.1 Cn.1 Lo.1 Cn.1 Lo.1 Cn.1 Lo.3 Cn.1 Lo.2
Cn.1 Lo.1 Cn.2 Lo.1 Cn.1 Lo.1 Cn.1 Lo.1 Cn.1 Lo.1 Cn.1 Lo.1 Cn.1 Lo.2 Cn.1 Lo.1 Cn.2 Lo.4 Cn.1
Lo.7 Cn.1 Lo.4 Cn.1 Lo.4 Cn.1 Lo.1 Cn.1 Lo.a Cn.1 Lo.h Cn.5 Lo.3 Cn.1 Lo.5 Cn.1 Lo.h Cn.1g Sm.2
Cn.7i So.18 Cn.4 So.2s Cn.c So.f Cn.2 So.f Cn.1 So.f Cn.1 So.11 Cn.a No.d So.4h Cn.1k So.t Cn.d
So.18 Cn.4 So.9 Cn.7 So.2 Cn.e So.6 Cn.4a So.6z Sk.5 So.k8 Cn.4 So.h Cn.3 So.d Cn.3 So.3b Cn.4
So.2n Cn.6 So.c Cn.4 So.1 Cn.f So.c Cn.4 So.1k Cn.8 So.a Cn.6 So.14 Cn.8 So.u Cn.2 So.c Cn.4 So.2
Cn.1q So.9g Cn.c So.e Cn.2 So.d Cn.3 So.a Cn.5 So.1k Cn.7 So.f Cn.2 So.b Cn.6 So.9 Cn.7 So.43 Cn.1
So.2k Nd.a Cn.sm Lo.wyo Cn.w Lo.37e Cn.6 Lo.66 Cn.2 Lo.4g2 Cn.e Lo.5rl Cn.f Lo.ha Cn.1wi Lo.f2
Cn.15u Lo.3t7 Cn.5 Lo.38g Cn.f975 Cf.1 Cn.u Cf.2o Cn.3k Mn.6o Cn.1e6o Co.1eke Cn.2 Co.1eke Cn.2
`;

/** Runs outside and inside, in turn, of a pattern's \w. */
export const PATTERN_WORD = `
1c a 7 q 4 1 1 q 1b 1 7 2 1 1 3 2 1 3 1 n 1 v 1 cq 4 c e 5 7 1 1 1 h 39 1 2 2 4 1 1 6 1 1 3 1 1 1
k 1 2b 1 3v 1 4t 1 12 2 1 6 15 8 19 1 1 1 2 1 2 1 1 8 r 4 4 t b 5 22 4 2u 1 8 2 a 1 j 2 1 g 1n 2
2t e 1i 4 1 2 1 2 1a i s 4 b 5 o 1 6 8 23 1 3l 2 a 1 j 1 8 2 2 2 m 1 7 1 1 3 4 2 9 2 2 2 4 8 1 4 2
1 5 2 c a 1 1 1 2 3 1 6 4 2 2 m 1 7 1 2 1 2 1 2 2 1 1 5 4 2 2 3 3 1 7 4 1 1 7 g b 3 1 9 1 3 1 m 1
7 1 2 1 5 2 a 1 3 1 3 2 1 f 4 2 a 9 7 1 3 1 8 2 2 2 m 1 7 1 2 1 5 2 9 2 2 2 3 7 3 4 2 1 5 2 a 1 1
g 2 1 6 3 3 1 4 3 2 1 1 1 2 3 2 3 3 3 c 4 5 3 3 1 4 2 1 6 1 e a g d 1 3 1 n 1 g 2 9 1 3 1 4 7 2 1
3 2 1 2 4 2 a g 4 1 8 1 3 1 n 1 a 1 5 2 9 1 3 1 4 7 2 6 2 1 4 2 a 1 3 c d 1 3 1 1f 1 3 1 5 5 4 7 5
2 a a 6 1 3 1 i 3 o 1 9 1 1 2 7 3 1 4 6 1 1 1 8 6 a 2 2 d 1m 5 f 1 a 13 2 1 1 1 5 1 o 1 1 1 n 2 5
1 1 1 7 1 a 2 4 w 1 n 2 6 a b 1 1 1 1 1 4 a 1 10 4 k 1 i 1 10 9 1 1l 22 6 26 2 12 1 1 5 1 2 17 1
99 1 4 2 7 1 1 1 4 2 15 1 4 2 x 1 4 2 7 1 1 1 4 2 f 1 1l 1 4 2 1v 2 3 w g g 2e 2 6 3 h8 2 h 1 q 5
23 3 b 7 m 9 m b k c d 1 3 1 2 c 2c 3 1 4 2 2 a x 3 1 b 6 2h 7 17 5 1y a v 1 c 4 c a 14 2 5 b 18 4
q 6 a 12 s 4 1r 1 t 2 b 6 a d 1 8 v 1d 25 3 a h 9 c 38 c 1k 8 a 3 1d 2 b 5 17 2 3 g 3 1 13 5 eu 2
6 2 12 2 6 2 8 1 1 1 1 1 1 1 v 2 1h 1 7 1 1 3 3 1 7 3 4 2 6 4 d 5 3 1 7 1u 2 j 1 s 1 d 1 g d 1f x
h 1 4 1 2 a 1 1 3 5 6 1 1 1 1 1 1 4 1 b 2 4 5 5 4 1 h 15 ml 1g 1ee 6d 6 9 c 12 1 1 5 1 2 1k 7 1 f
o 9 7 1 7 1 7 1 7 1 7 1 7 1 7 1 7 1 w 1b 1 d1 3 p f 1 5 2 5 4 2e 2 2 2 3 1 2i 1 4 5 17 1 2m h w 1c
g e8 534 1s h3h 1v 1a 2 7h 3 s k 1f 1 a 1 37 11 9 2 2v 2 1v 2 2 1 1 1 8 l 1i 4 1 j 1g c 1y a a 6 o
3 1 1 1d 2 10 c t 3 1t e b 6 v 1 1j 9 e 2 a 6 n 3 21 o 3 2 g 2 5 a 6 2 6 2 6 9 7 1 7 1 17 1 e 6 3f
1 2 2 a 6 8mc c n 4 1d 6is a6 2 2y 12 7 c 5 5 c 1 d 1 5 1 1 1 2 1 2 1 30 x a3 i 1s 2 1i 14 c 4 g g
g 3 2 o 3 w 5 1 3r j a 7 q 4 1 1 q b 2h 3 6 2 6 2 6 2 3 z c 1 q 1 j 1 2 1 f 2 e y 3f 1x 1h 3s 1 3m
t 3 1d f 1 v w d u 5 17 5 u 2 10 4 8 1 5 16 4e 2 a 6 10 4 10 4 14 8 1g c b 1 f 1 7 1 2 1 b 1 f 1 7
1 2 3 1g c 8n 9 m a 8 o 6 1 16 1 9 1x 6 2 1 1 18 1 2 3 1 2 n a n 9 v 1t j 1 2 a m a q 1y 1k 6 2 1s
4 1 2 5 8 1 3 1 t 2 3 4 1 w t 3 t z 8 1 u p 1i a m a j d i 32 21 1j 1f d 1f d 14 8 a 6 12 3 5 1 n
6y 16 1 2 3 2 g 3 1j x a 1 8 x v m 16 l r n 9 1z v g 9 1o 7 1 d p 7 a 6 1h 1 a 4 4 8 10 2 1 9 1x 4
4 1 d 1 1 z i 1 11 6 4 1q 7 1 1 1 4 1 f 1 a 7 1n 5 a 6 4 1 8 2 2 2 m 1 7 1 2 1 5 1 a 2 2 2 3 2 1 6
1 5 7 2 7 3 5 b a 1 1 2 1 1 12 1 a 1 1 2 1 1 4 1 8 d 2 t 23 5 a 4 4 u 1y 1 1 8 a 4m 1i 2 9 n 6 y
1t 3 1 b a 12 1l 7 a 6 k s r 2 f 4 a 6 7 55 1n 2t 22 l 8 2 1 2 8 1 2 1 u 1 2 2 9 c a 1y 8 2 1a 2 8
1 2 r 1r 8 1 8 22 3 1 i 21 5j x f a 6 9 1 19 1 9 f a o u 2 m 1 e 21 7 1 2 1 18 3 1 1 2 1 9 8 a 6 6
1 2 1 11 1 2 1 6 7 a 8m n 9 h 1 15 3 5 d b 2d 1 27 pm 2u 33 h 5g 218 2p f ts g m a 32z 5 g7 5a1 1m
1c6 ft 7 v 1 a 6 27 1 a 6 u 2 5 b 1j 9 4 c a 9 l 5 j c0 19 3 a 5i 1s 3k 23 4 1l 7 h 1s 2 1 2 b 2 e
4qg 8 ye 15 a 6w7 4 1 7 1 2 1 83 f 1 t 3 2 1 e 4 8 b0 1s4 2z 5 d 3 9 7 a 3 2 381 a ee 1a 2 n f2 5
3 6 8 8 2 7 u 4 44 3 cb 2d 1 1z 1 2 2 1 2 2 2 4 1 c 1 1 1 7 1 1t 1 4 2 8 1 7 1 s 1 4 1 5 1 1 3 7 1
9g 2 p 1 p 1 v 1 p 1 v 1 p 1 v 1 p 1 v 1 p 1 8 2 1e e8 1j 4 1e 8 1 e 1 m 5 1 f uo v 6 6 5x 7 1 h 2
7 1 2 1 5 5 1q x 1 34 19 3 e 2 a 4 1 8x v h 1m d2 16 5y 17 dh 7 1 4 1 2 1 f 1 5h b 7 15 24 4 a x2
4 1 r 1 2 1 1 2 1 1 a 1 4 1 1 1 1 6 1 4 1 1 1 1 1 1 3 1 2 1 1 2 1 1 1 1 1 1 1 1 1 1 2 1 1 2 4 1 7
1 4 1 4 1 1 1 a 1 h 5 3 1 5 1 h hg q 6 q 6 q 21y a sm wyo w 37e 6 66 2 4g2 e 5rl f ha 1wi f2 15u
3t7 5 38g f9e8 6o
`;

/** What the pre-tokenizer Digits takes for one. */
export const NUMERIC = `
1c a 3c 2 5 1 2 3 141 a 3q a 5i a bg a 3a a 4 6 30 a 3a a 3a a 2 6 32 d 37 a 8 7 2v a 2w 7 7 j 31
a 2o a 3a a 1y k 7g a 1y a jz k oh 3 6n a 6 a m a 8c a 3k b 4l a 6 a 52 a 2e a 3q a 6 a t2 1 3 6 6
a 5i 1f 2 5 k6 1o 26 m hi u 12h 1 ll 1 p 9 e 3 9j 4 3u a u 8 1 f w a 13 f msg a 58 a 8w 6 4a a 12
a 5i a m a 2e a ba a geu a dp 19 c 1l h 2 9h r 10 4 t 1 8 1 3q 5 5m a q6 8 p 7 13 9 23 5 m 6 4g 2
2 g 2 1a 1s 9 1g 2 u 3 23 5 2w 8 o 8 15 7 96 6 1c a 6 a 7q v 4e a 16 4 34 7 3q u 3k a 1o a 40 a 7
k 6z a 9i a 3a a ae a 2u a 6 k 24 c bo j 2l a ie a 2e t 6b a 1y a 1i a 9y a 2u l tn 33 c01 a 1t2 a
2e a 3q a 1 7 em a 7a n 9p 3 id5 a 152 k c k 30 p ut 1e 1ts a bq a dy a 6v a jw 9 3k a lz 1n 1 3 1
4 24 19 1 f qq d 25f a
`;

/** What the pre-tokenizer Punctuation takes for such. */
export const PUNCTUATION = `
x f a 7 q 6 q 4 y 1 5 1 3 1 a 2 3 1 3 1 ji 1 8 1 cy 6 15 2 1f 1 1 1 2 1 2 1 18 2 k 2 1 2 d 1 2 2
22 4 2u 1 17 e 6h 3 1i f v 1 79 2 a 1 an 1 lf 1 2i 1 a 2 4o f 1 1 11 4 1z 1 22 5 4 2 33 6 4r 1 h0
9 47 1 h8 2 18 2 26 3 1z 2 4d 3 1 3 11 b 8p 2 60 2 3k 7 1 6 4s 7 4b 4 1n 5 1q 2 1s 8 b 1 n0 o 8 k
1 d 1 c u 2 e 2 hl 4 t 2 u5 e 27 2 v a b7 m 1r 4 w 2 l7 4 1 2 34 1 3z 1b 1 j ce 3 4 a 2 c g 1 c 1
2q 1 2i 1 mwy 2 7h 3 2r 1 a 1 37 6 ak 4 2e 2 14 3 1 1 1d 2 1b 1 2p d g 2 3g 4 3i 2 g 2 6x 1 g2a 2
5s a m z 1 e 1 1 4 1 1 2 45 3 1 6 1 4 a 2 3 2 q 3 1 1 r 1 1 1 1 7 be 3 ik 1 1c 1 bi 1 kn 1 5j 1 v
1 7k 9 12 1 34 7 1u 7 2h 4 x6 7 31 2 1 4 3i 4 1c 2 27 5 3 1 d 1 1 3 2g 6 2z 1 f0 1 6y n 2x 3 6w 3
2lt 5 dtl 2 3p 1 1t 5 8 1 g2i 1 5wn 5
`;

/** What makes a word beside an added token, and in the pre-tokenizer Whitespace. */
export const WORD = `
1c a 7 q 4 1 1 q 1b 1 a 1 4 1 5 n 1 v 1 cq 4 c e 5 7 1 1 1 h 39 1 2 2 4 1 1 6 1 1 3 1 1 1 k 1 2b 1
3v 1 4t 1 12 2 1 6 15 8 19 1 1 1 2 1 2 1 1 8 r 4 4 t b 5 22 4 2u 1 8 2 a 1 j 2 1 g 1n 2 2t e 1i 4
1 2 1 2 1a i s 4 b 5 o 1 6 8 23 1 3l 2 a 1 j 1 8 2 2 2 m 1 7 1 1 3 4 2 9 2 2 2 4 8 1 4 2 1 5 2 c a
1 1 1 2 3 1 6 4 2 2 m 1 7 1 2 1 2 1 2 2 1 1 5 4 2 2 3 3 1 7 4 1 1 7 g b 3 1 9 1 3 1 m 1 7 1 2 1 5
2 a 1 3 1 3 2 1 f 4 2 a 9 7 1 3 1 8 2 2 2 m 1 7 1 2 1 5 2 9 2 2 2 3 7 3 4 2 1 5 2 a 1 1 g 2 1 6 3
3 1 4 3 2 1 1 1 2 3 2 3 3 3 c 4 5 3 3 1 4 2 1 6 1 e a g d 1 3 1 n 1 g 2 9 1 3 1 4 7 2 1 3 2 1 2 4
2 a g 4 1 8 1 3 1 n 1 a 1 5 2 9 1 3 1 4 7 2 6 2 1 4 2 a 1 3 c d 1 3 1 1f 1 3 1 5 5 4 7 5 2 a a 6 1
3 1 i 3 o 1 9 1 1 2 7 3 1 4 6 1 1 1 8 6 a 2 2 d 1m 5 f 1 a 13 2 1 1 1 5 1 o 1 1 1 n 2 5 1 1 1 7 1
a 2 4 w 1 n 2 6 a b 1 1 1 1 1 4 a 1 10 4 k 1 i 1 10 9 1 1l 22 6 26 2 12 1 1 5 1 2 17 1 99 1 4 2 7
1 1 1 4 2 15 1 4 2 x 1 4 2 7 1 1 1 4 2 f 1 1l 1 4 2 1v 2 3 w g g 2e 2 6 3 h8 2 h 1 q 5 23 3 b 7 m
9 m b k c d 1 3 1 2 c 2c 3 1 4 2 2 a x 3 1 b 6 2h 7 17 5 1y a v 1 c 4 c a 14 2 5 b 18 4 q 6 a 12 s
4 1r 1 t 2 b 6 a d 1 8 v 1d 25 3 a h 9 c 38 c 1k 8 a 3 1d 2 b 5 17 2 3 g 3 1 13 5 eu 2 6 2 12 2 6
2 8 1 1 1 1 1 1 1 v 2 1h 1 7 1 1 3 3 1 7 3 4 2 6 4 d 5 3 1 7 f 2 1d 2 j 1 s 1 d 1 g d 1f x h 1 4 1
2 a 1 1 3 5 6 1 1 1 1 1 1 4 1 b 2 4 5 5 4 1 h 15 ml 1g 1ee 6d 6 9 c 12 1 1 5 1 2 1k 7 1 f o 9 7 1
7 1 7 1 7 1 7 1 7 1 7 1 7 1 w 1b 1 d1 3 p f 1 5 2 5 4 2e 2 2 2 3 1 2i 1 4 5 17 1 2m h w 1c g e8
534 1s h3h 1v 1a 2 7h 3 s k 1f 1 a 1 37 11 9 2 2v 2 1v 2 2 1 1 1 8 l 1i 4 1 j 1g c 1y a a 6 o 3 1
1 1d 2 10 c t 3 1t e b 6 v 1 1j 9 e 2 a 6 n 3 21 o 3 2 g 2 5 a 6 2 6 2 6 9 7 1 7 1 17 1 e 6 3f 1 2
2 a 6 8mc c n 4 1d 6is a6 2 2y 12 7 c 5 5 c 1 d 1 5 1 1 1 2 1 2 1 30 x a3 i 1s 2 1i 14 c 4 g g g 3
2 o 3 w 5 1 3r j a 7 q 4 1 1 q b 2h 3 6 2 6 2 6 2 3 z c 1 q 1 j 1 2 1 f 2 e y 3f 1x 1h 3s 1 3m t 3
1d f 1 v w d u 5 17 5 u 2 10 4 8 1 5 16 4e 2 a 6 10 4 10 4 14 8 1g c b 1 f 1 7 1 2 1 b 1 f 1 7 1 2
3 1g c 8n 9 m a 8 o 6 1 16 1 9 1x 6 2 1 1 18 1 2 3 1 2 n a n 9 v 1t j 1 2 a m a q 1y 1k 6 2 1s 4 1
2 5 8 1 3 1 t 2 3 4 1 w t 3 t z 8 1 u p 1i a m a j d i 32 21 1j 1f d 1f d 14 8 a 6 12 3 5 1 n 6y
16 1 2 3 2 g 3 1j x a 1 8 x v m 16 l r n 9 1z v g 9 1o 7 1 d p 7 a 6 1h 1 a 4 4 8 10 2 1 9 1x 4 4
1 d 1 1 z i 1 11 6 4 1q 7 1 1 1 4 1 f 1 a 7 1n 5 a 6 4 1 8 2 2 2 m 1 7 1 2 1 5 1 a 2 2 2 3 2 1 6 1
5 7 2 7 3 5 b a 1 1 2 1 1 12 1 a 1 1 2 1 1 4 1 8 d 2 t 23 5 a 4 4 u 1y 1 1 8 a 4m 1i 2 9 n 6 y 1t
3 1 b a 12 1l 7 a 6 k s r 2 f 4 a 6 7 55 1n 2t 22 l 8 2 1 2 8 1 2 1 u 1 2 2 9 c a 1y 8 2 1a 2 8 1
2 r 1r 8 1 8 22 3 1 i 21 5j x f a 6 9 1 19 1 9 f a o u 2 m 1 e 21 7 1 2 1 18 3 1 1 2 1 9 8 a 6 6 1
2 1 11 1 2 1 6 7 a 8m n 9 h 1 15 3 5 d b 2d 1 27 pm 2u 33 h 5g 218 2p f ts g m a 32z 5 g7 5a1 1m
1c6 ft 7 v 1 a 6 27 1 a 6 u 2 5 b 1j 9 4 c a 9 l 5 j c0 19 3 a 5i 1s 3k 23 4 1l 7 h 1s 2 1 2 b 2 e
4qg 8 ye 15 a 6w7 4 1 7 1 2 1 83 f 1 t 3 2 1 e 4 8 b0 1s4 2z 5 d 3 9 7 a 3 2 381 a ee 1a 2 n f2 5
3 6 8 8 2 7 u 4 44 3 cb 2d 1 1z 1 2 2 1 2 2 2 4 1 c 1 1 1 7 1 1t 1 4 2 8 1 7 1 s 1 4 1 5 1 1 3 7 1
9g 2 p 1 p 1 v 1 p 1 v 1 p 1 v 1 p 1 v 1 p 1 8 2 1e e8 1j 4 1e 8 1 e 1 m 5 1 f uo v 6 6 5x 7 1 h 2
7 1 2 1 5 5 1q x 1 34 19 3 e 2 a 4 1 8x v h 1m d2 16 5y 17 dh 7 1 4 1 2 1 f 1 5h b 7 15 24 4 a x2
4 1 r 1 2 1 1 2 1 1 a 1 4 1 1 1 1 6 1 4 1 1 1 1 1 1 3 1 2 1 1 2 1 1 1 1 1 1 1 1 1 1 2 1 1 2 4 1 7
1 4 1 4 1 1 1 a 1 h 5 3 1 5 1 h hg q 6 q 6 q 21y a sm wyo w 37e 6 66 2 4g2 e 5rl f ha 1wi f2 15u
3t7 5 38g f9e8 6o
`;

/** What StripAccents removes. */
export const MARKS = `
lc 34 7n 7 7b 19 1 1 1 2 1 2 1 1 20 b 1c l g 1 2t 7 2 6 2 2 1 4 z 1 u r 2j b 1m 9 y 4 1 9 1 3 1 5
17 3 3c e 1 x 1i 3 1 i 1 7 a 2 t 3 1k 1 1 7 2 2 2 3 9 1 a 2 t 3 1k 1 1 5 4 2 2 3 3 1 u 2 3 1 b 3
1k 1 1 8 1 3 1 3 k 2 t 3 1k 1 1 7 2 2 2 3 8 2 a 2 u 1 1n 5 3 3 1 4 9 1 14 4 1m 7 1 3 1 4 7 2 b 2 t
3 1k 1 1 7 1 3 1 4 7 2 b 2 t 3 1m 7 1 3 1 4 9 1 a 2 u 2 1y 1 4 6 1 1 1 8 i 2 1p 1 2 7 c 8 2q 1 2 6
1 2 b 6 22 2 r 1 1 1 1 1 4 2 1d k 1 2 5 b 1 10 9 1 2s k n 4 4 3 1 3 2 7 3 4 d c 1 1 a 4 jj 3 qa 3
t 3 t 2 u 2 1s w 9 1 19 3 3b 2 y 1 3a c 4 c 63 5 1l a 1 t 2 1 1c f 1t 5 1b h 12 9 c 3 u d 1k e 1c
k 48 3 1 l 4 1 4 3 3 2 5i 1i 5 5 k0 x 2da 3 3x 1 2o w fe 6 2x 2 n9w 4 1 a w 2 28 2 7k 1 3 1 4 1 n
5 2g 2 1e i q i 1g 8 p d 18 4 1b e 10 1 1v e c 1 8 2 19 3 1e 1 1 3 2 2 5 2 1 1 15 5 5 2 6k 8 1 2
fn4 1 kh g g g r1 1 6a 1 45 5 1ae 3 1 2 5 4 14 3 4 1 4l 2 109 3 1h f 1k 4 19 b 1x 3 10 e 1q 1 c 3
1c e 9 3 2n c 6 1 4g c l 4 1k 1 1 7 2 2 2 3 9 1 a 2 2 7 3 5 5c i 2x k 6j 7 2 9 r 2 2a h 2y d 2t f
zn 8 1 8 2a m 1 e fg9 5 1n 7 t6 1a g 4 f7u 2 43q 5 3 6 8 8 2 7 u 4 44 3 1iz 1j 4 1e 8 1 e 1 m 5 1
f 11s 7 1 h 2 7 1 2 1 5 1ph 7 31 7 gzhx 6o
`;

/** Code points with a canonical decomposition. */
export const CANONICAL = `
5c 6 1 9 1 6 2 5 2 6 1 9 1 6 2 5 1 h 2 k 2 9 3 4 1 6 4 6 3 6 2 i 2 n x 2 d 2 s g 1 6 2 b 3 2 2 10
2 2 6 e 7g 2 1 2 1b 1 9 1 6 6 1 1 1 3 p 7 p 5 4 2 17 2 1 1 3 1 4 3 a 1 v 1 m 2 1 1 3 1 4 3 n 2 21
2 d 4 2 2 2 6 2 6 2 c 2 2 88 5 49 1 1 1 g 1 gl 1 7 1 2 1 z 8 2z 2 f 2 1 1 2b 1 2 1 y 3 2 1 6h 1 2
2 f 2 1i 1 1h 3 3f 1 3b 1 6 2 1 2 3i 3 3x 1 1 3 9w 1 9 1 4 1 4 1 4 1 c 1 9 1 1 2 1 1 8 1 h 1 9 1 4
1 4 1 4 1 c 1 30 1 25b 1 1 1 1 1 1 1 1 1 3 1 14 1 1 1 2 2 1 1 jg 4a 1 1 4 2i 6 m 2 6 2 12 2 6 2 8
1 1 1 1 1 1 1 v 2 1h 1 7 1 1 2 4 1 e 2 6 1 j 2 3 1 8 2 2 84 1 3 2 32 2 i 1 u 3 1g 1 4 1 2 1 n 1 1
1 q 1 2 1 2 1 1 1 m 1 1 1 a 5 2 2 2 2 6 2 2 2 2 2 y 4 1c 4 6 4 1n 2 1ip 1 12n 1 1 1 1 1 1 1 1 1 1
1 1 1 1 1 1 1 1 1 1 1 1 1 2 1 1 1 1 1 6 2 1 2 1 2 1 2 1 2 m 1 9 1 d 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1
1 1 1 1 1 1 1 1 2 1 1 1 1 1 6 2 1 2 1 2 1 2 1 2 m 1 2 4 3 1 oap 8mc 6l8 7i 2 1 1 1 2 a 1 1 1 1 2 2
3 1w 2 2y 1v 1 1 1 a d 1 5 1 1 1 2 1 2 1 9 47f 1 1 1 e 1 3m 2 ez 2 a6 2 1 1 6z 2 112a 7 2e 6 1m4f
f2
`;

/** Code points with a compatibility decomposition. */
export const COMPATIBLE = `
4g 1 7 1 1 1 4 1 2 4 2 3 1 3 1 6 1 9 1 6 2 5 2 6 1 9 1 6 2 5 1 h 2 k 2 9 1 6 1 8 2 7 2 6 2 i 2 o w
2 d 2 j p 1 6 2 g 2 10 2 2 6 e 3g 9 v 6 2 5 2j 2 1 2 1b 1 5 1 3 1 5 7 1 1 1 3 p 7 p 5 1 7 p 3 1 2
3 1 6 2 1 1 3 1 4 3 a 1 v 1 m 2 1 1 3 1 4 3 n 2 21 2 d 4 2 2 2 6 2 6 2 c 2 2 3x 1 4a 5 26 4 1z 1 1
1 g 1 gl 1 7 1 2 1 z 8 2z 2 f 2 1 1 2b 1 2 1 y 3 2 1 6h 1 2 2 f 2 1i 1 1h 3 3f 1 3b 1 6 2 1 2 3i 3
3x 1 1 3 2c 1 3j 1 14 2 1a 1 1i 1 9 1 4 1 4 1 4 1 c 1 9 1 1 5 7 1 h 1 9 1 4 1 4 1 4 1 c 1 30 1 5x
1 1zd 1 1 1 1 1 1 1 1 1 3 1 14 1 1 1 2 2 1 1 dk 3 1 b 1 i 1 s d 1 y 11 1s 4c 4 2i 6 m 2 6 2 12 2 6
2 8 1 1 1 1 1 1 1 v 2 1h 1 f 1 e 2 6 1 j 2 3 1 9 1 b 6 1 5 1 c 3 8 1 3 2 1 2 4 1 1 1 8 3 d 1 7 1 g
2 2 r 1 d b 1 2f 4 1 3 1 b 1 2 2 5 2 3 1 1 1 1 1 1 1 4 1 3 1 7 1 6 4 5 6 1c 9 1 g 2 i 1 u 3 1g 1 4
1 2 1 n 1 1 1 5 2 1 2 g 1 2 1 2 1 1 1 m 1 1 1 a 5 2 2 2 2 6 2 2 2 2 2 y 4 1c 4 6 4 1n 2 8l 3v 10h
1 2v 3 2t 1 bj 2 6p 1 8f 1 2b 1 c 5y 16 1 1h 1 1 3 h 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1
2 1 1 1 1 1 6 2 1 2 1 2 1 2 1 2 m 1 6 2 1 2 c 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 2 1 1
1 1 1 6 2 1 2 1 2 1 2 1 2 m 1 2 4 3 2 1d 2m 3 e 2o v 1 14 8 1b 1 3j 1 74 mn0 2 5u 1 3r 2 o2 4 4g
8mc 6l8 7i 2 1 1 1 2 a 1 1 1 1 2 2 3 1w 2 2y 12 7 c 5 5 1 1 o 1 5 1 1 1 2 1 2 1 30 x a3 i 1s 2 1i
14 d j a m l 2 c 1 j 1 4 4 3 1 1 1 3r 4 5a 3 6 2 6 2 6 2 3 3 7 1 7 3aj 1 1 1 e 1 3m 2 ez 2 a6 2 1
1 6z 2 112a 7 2e 6 fz 2d 1 1z 1 2 2 1 2 2 2 4 1 c 1 1 1 7 1 1t 1 4 2 8 1 7 1 s 1 4 1 5 1 1 3 7 1
9g 2 84 2 1e 4cg 4 1 r 1 2 1 1 2 1 1 a 1 4 1 1 1 1 6 1 4 1 1 1 1 1 1 3 1 2 1 1 2 1 1 1 1 1 1 1 1 1
1 2 1 1 2 4 1 7 1 4 1 4 1 1 1 a 1 h 5 3 1 5 1 h g4 b 5 v 1 w q 2 10 1 33 3 d 18 4 9 7 2 1fou f2
`;

/** Runs of one rank of canonical combining classes: 0 none, else in the order of the classes. */
export const COMBINING = `
0.lc 1e.l 1f.1 19.4 1f.1 17.1 19.5 15.2 19.4 15.2 19.b 1.5 19.4 1e.3 0.2 1e.1 0.2 1i.1 1e.1 19.3
1e.3 19.2 0.1 1e.3 19.4 1e.1 1f.1 19.2 1e.1 1g.1 1h.2 1g.1 1h.2 1g.1 1e.d 0.7n 1e.5 0.7d 19.1 1e.4
19.1 1e.3 1a.1 19.1 1e.6 19.6 1e.2 19.1 1e.2 1a.1 1d.1 1e.1 5.1 6.1 7.1 8.1 9.1 a.1 b.1 c.1 d.1
e.2 f.1 g.1 h.1 0.1 i.1 0.1 j.1 k.1 0.1 1e.1 19.1 0.1 d.1 0.20 1e.8 p.1 q.1 r.1 0.1c m.1 n.1 o.1
p.1 q.1 r.1 s.1 t.1 1e.2 19.2 1e.5 19.1 1e.2 19.1 0.g u.1 0.2t 1e.7 0.2 1e.4 19.1 1e.1 0.2 1e.2
0.1 19.1 1e.2 19.1 0.z v.1 0.u 1e.1 19.1 1e.2 19.1 1e.2 19.3 1e.1 19.2 1e.1 19.1 1e.3 19.1 1e.1
19.1 1e.1 19.1 1e.1 19.1 1e.2 0.4g 1e.7 19.1 1e.1 0.y 1e.4 0.1 1e.9 0.1 1e.3 0.1 1e.5 0.17 19.3
0.3c 1e.e 0.1 19.1 1e.2 19.1 1e.2 19.1 1e.3 19.3 m.1 n.1 o.1 1e.3 19.1 1e.2 19.2 1e.5 0.1o 2.1 0.g
4.1 0.3 1e.1 19.1 1e.2 0.2v 2.1 0.g 4.1 0.32 2.1 0.g 4.1 0.32 2.1 0.g 4.1 0.32 2.1 0.g 4.1 0.3j
4.1 0.3j 4.1 0.7 w.1 x.1 0.2t 2.1 0.g 4.1 0.3j 4.1 0.3g 4.1 0.31 y.2 4.1 0.d z.4 0.30 10.2 0.e
11.4 0.24 19.2 0.r 19.1 0.1 19.1 0.1 17.1 0.1j 12.1 13.1 0.1 14.1 0.5 13.4 0.2 13.1 0.1 1e.2 4.1
0.1 1e.2 0.1q 19.1 0.34 2.1 0.1 4.2 0.2a 19.1 0.jz 1e.3 0.qc 4.1 0.v 4.1 0.4d 4.1 0.a 1e.1 0.5n
1d.1 0.3z 1a.1 1e.1 19.1 0.63 1e.1 19.1 0.1z 4.1 0.k 1e.8 0.2 19.1 0.1c 1e.5 19.6 1e.2 19.1 0.3a
2.1 0.f 4.1 0.12 1e.1 19.1 1e.7 0.1i 4.2 0.1m 2.1 0.b 4.2 0.1v 2.1 0.48 1e.3 0.1 1.1 19.5 1e.2
19.4 1e.1 0.1 1.7 0.4 19.1 0.6 1e.1 0.3 1e.2 0.5i 1e.2 19.1 1e.7 19.1 1e.2 1h.1 16.1 19.1 15.1
1e.11 0.5 1e.1 1g.1 19.1 1e.1 19.1 0.k0 1e.2 1.2 1e.4 1.3 1e.2 0.4 1e.1 0.3 1.2 1e.1 19.1 1e.1 1.2
19.4 1e.1 0.2da 1e.3 0.3x 4.1 0.2o 1e.w 0.fe 18.1 1d.1 1f.1 1a.1 1b.2 0.2x 3.2 0.n9w 1e.1 0.4 1e.a
0.w 1e.2 0.28 1e.2 0.7o 4.1 0.59 4.1 0.r 1e.i 0.1l 19.3 0.11 4.1 0.2n 2.1 0.c 4.1 0.6n 1e.1 0.1
1e.2 19.1 0.2 1e.2 0.5 1e.2 0.1 1e.1 0.1g 4.1 0.6u 4.1 0.fn4 l.1 0.ld 1e.7 19.7 1e.2 0.r1 19.1
0.6a 19.1 0.45 1e.5 0.1aq 19.1 0.1 1e.1 0.14 1e.1 1.1 19.1 0.4 4.1 0.4l 1e.1 19.1 0.127 4.1 0.1k
4.1 0.1l 4.1 2.1 0.1x 1e.3 0.1c 4.2 0.1q 2.1 0.24 4.1 0.9 2.1 0.2y 4.1 2.1 0.4y 2.1 4.1 0.29 2.1
0.g 4.1 0.o 1e.7 0.3 1e.5 0.5p 4.1 0.3 2.1 0.3f 4.1 2.1 0.6z 4.1 2.1 0.3i 4.1 0.3a 4.1 2.1 0.37
4.1 0.103 4.1 0.fjk 1.5 0.1n 1e.7 0.g2v 1.1 0.43q 17.2 1.3 0.3 1c.1 17.5 0.8 19.8 0.2 1e.5 19.2
0.u 1e.4 0.44 1e.3 0.2pn 1e.7 0.1 1e.h 0.2 1e.7 0.1 1e.2 0.1 1e.5 0.1ph 19.7 0.31 1e.6 2.1 0.l705
`;

/** Runs of capitals: first, count, step and distance to their lowercase. */
export const LOWERCASE = `
1t.q.1.w 5c.n.1.w 60.7.1.w 74.o.2.1 8i.3.2.1 8p.8.2.1 96.n.2.1 ag.1.2.-3d ah.3.2.1 ap.1.2.5u
aq.2.2.1 au.1.2.5q av.1.2.1 ax.2.1.5p az.1.2.1 b2.1.2.27 b3.1.2.5m b4.1.2.5n b5.1.2.1 b7.1.2.5p
b8.1.2.5r ba.1.2.5v bb.1.2.5t bc.1.2.1 bg.1.2.5v bh.1.2.5x bj.1.2.5y bk.3.2.1 bq.1.2.62 br.1.2.1
bt.1.2.62 bw.1.2.1 by.1.2.62 bz.1.2.1 c1.2.1.61 c3.2.2.1 c7.1.2.63 c8.1.2.1 cc.1.2.1 ck.1.2.2
cl.1.2.1 cn.1.2.2 co.1.2.1 cq.1.2.2 cr.9.2.1 da.9.2.1 dt.1.2.2 du.2.2.1 dy.1.2.-2p dz.1.2.-1k
e0.k.2.1 f4.1.2.-3m f6.9.2.1 fu.1.2.8bv fv.1.2.1 fx.1.2.-4j fy.1.2.8bs g1.1.2.1 g3.1.2.-5f
g4.1.2.1x g5.1.2.1z g6.5.2.1 og.2.2.1 om.1.2.1 ov.1.2.38 p2.1.2.12 p4.3.1.11 p8.1.2.1s pa.2.1.1r
pd.h.1.w pv.9.1.w r3.1.2.8 rc.c.2.1 s4.1.2.-1o s7.1.2.1 s9.1.2.-7 sa.1.2.1 sd.3.1.-3m sg.g.1.28
sw.w.1.w v4.h.2.1 wa.r.2.1 xs.1.2.f xt.7.2.1 y8.1c.2.1 10x.12.1.1c 3a8.12.1.5ls 3bb.1.2.5ls
3bh.1.2.5ls 3vk.28.1.tzk 3xs.6.1.8 5mx.1.2.1 5n4.17.1.-2bk 5od.3.1.-2bk 5xc.23.2.1 61q.1.2.-5vj
61s.1c.2.1 64o.8.1.-8 654.6.1.-8 65k.8.1.-8 660.8.1.-8 66g.6.1.-8 66x.4.2.-8 67c.8.1.-8 688.8.1.-8
68o.8.1.-8 694.8.1.-8 69k.2.1.-8 69m.2.1.-22 69o.1.2.-9 6a0.4.1.-2e 6a4.1.2.-9 6ag.2.1.-8
6ai.2.1.-2s 6aw.2.1.-8 6ay.2.1.-34 6b0.1.2.-7 6bc.2.1.-3k 6be.2.1.-3i 6bg.1.2.-9 6jq.1.2.-5st
6ju.1.2.-6gv 6jv.1.2.-6di 6k2.1.2.s 6lc.g.1.g 6mb.1.2.1 792.q.1.q 8ow.1c.1.1c 8rk.1.2.1
8rm.1.2.-8af 8rn.1.2.-2xy 8ro.1.2.-89z 8rr.3.2.1 8rx.1.2.-8bg 8ry.1.2.-8al 8rz.1.2.-8bj
8s0.1.2.-8bi 8s2.1.2.1 8s5.1.2.1 8se.2.1.-8cf 8sg.1e.2.1 8vf.2.2.1 8vm.1.2.1 wu8.n.2.1 ww0.e.2.1
x0i.7.2.1 x0y.v.2.1 x2x.2.2.1 x31.1.2.-r9g x32.5.2.1 x3f.1.2.1 x3h.1.2.-wmg x3k.2.2.1 x3q.a.2.1
x4a.1.2.-wn8 x4b.1.2.-wnj x4c.1.2.-wnf x4d.1.2.-wn5 x4e.1.2.-wn8 x4g.1.2.-wlu x4h.1.2.-wmi
x4i.1.2.-wlx x4j.1.2.ps x4k.8.2.1 x50.1.2.-1c x51.1.2.-wn7 x52.1.2.-raw x53.2.2.1 x57.1.2.-wo7
x58.8.2.1 x5o.1.2.-wu9 x6d.1.2.1 1ee9.q.1.w 1fcw.14.1.14 1fhs.10.1.14 1fn4.b.1.13 1fng.f.1.13
1fnw.7.1.13 1fo4.2.1.13 1h1c.1f.1.1s 1h74.m.1.w 1jfk.w.1.w 20cg.w.1.w 20f4.p.1.r 2olc.y.1.y
`;
