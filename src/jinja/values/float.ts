/** Python's float. Integers are numbers and bigints; this keeps 1.0 apart from 1. */
export class Float {
  constructor(readonly value: number) {}
}
