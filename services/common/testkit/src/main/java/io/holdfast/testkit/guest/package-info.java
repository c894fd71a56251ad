/**
 * Real machines for tests: a small Linux under QEMU's emulation, without network beyond the loopback and without installing anything.
 *
 * <p>{@link io.holdfast.testkit.guest.GuestImage} builds kernel and first file system from the packages that
 * {@code build-tools/guest-parts} has unpacked; {@link io.holdfast.testkit.guest.GuestSpec} says what a guest has and does; {@link
 * io.holdfast.testkit.guest.RunningGuest} is one that runs. {@link io.holdfast.testkit.guest.Ext4} makes and judges the disks on the host.
 */
package io.holdfast.testkit.guest;
