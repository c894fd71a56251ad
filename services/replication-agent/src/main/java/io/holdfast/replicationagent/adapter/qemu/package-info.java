/** Capture of machines that run under a stock QEMU, through its monitor and its own NBD server (docs/capture.md). */
package io.holdfast.replicationagent.adapter.qemu;
