/** How much guests write, noted always (F144), and what that would need of a link and a journal (F145; docs/capacity.md). */
package io.holdfast.protectiongroup.capacity;
