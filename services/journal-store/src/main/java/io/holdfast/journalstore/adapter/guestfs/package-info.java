/** File views through libguestfs, which works in a process of its own ({@code child}). See docs/file-recovery.md. */
package io.holdfast.journalstore.adapter.guestfs;
