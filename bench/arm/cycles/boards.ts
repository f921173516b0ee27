/** The boards that speeds are estimated for. */
import type { CoreName } from './cores.js';

export interface Board {
  readonly name: string;
  readonly core: CoreName;
  readonly cores: number;
  readonly gigahertz: number;
  /** What all cores together read of memory in a second. */
  readonly gigabytes: number;
}

export const BOARDS: readonly Board[] = [
  {
    name: 'Raspberry Pi 4',
    core: 'cortex-a72',
    cores: 4,
    gigahertz: 1.8,
    // STREAM measures 4.8 to 5.5 (sci-pi.org.uk/bench/stream.html); llama.cpp read a TinyLlama-1.1B at 3 tokens
    // of q8_0 and 2 of f16 a second, 3.5 and 4.4 GB/s (justine.lol/matmul).
    gigabytes: 4,
  },
  {
    name: 'Raspberry Pi 5',
    core: 'cortex-a76',
    cores: 4,
    gigahertz: 2.4,
    // Measured in decode: 11.4 (hellomatik.com/research/hitting-the-memory-wall-30b-moe-raspberry-pi). One core
    // alone reads 9.4 (tinymembench, issue 1876 of raspberrypi/firmware).
    gigabytes: 11.4,
  },
  {
    name: 'Jetson Orin Nano',
    core: 'cortex-a78ae',
    cores: 6,
    gigahertz: 1.5,
    // Assumed: half of the 68 that the memory has, of which the CPUs get a part. One core writes 20.2 and copies
    // 6.7 (issue 65 of ThomasKaiser/sbc-bench); of all six nobody seems to have published a figure.
    gigabytes: 34,
  },
];
