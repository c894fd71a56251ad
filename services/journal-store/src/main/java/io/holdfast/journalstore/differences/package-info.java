/** Where two states of a volume may differ, in regions of 64 KiB (docs/known-differences.md). */
package io.holdfast.journalstore.differences;
