/** Single files of a point: which file systems there are, what lies in them, and for how long they are open. See docs/file-recovery.md. */
package io.holdfast.journalstore.files;
