/**
 * The way home of what a plan has recovered at another site, as one order (docs/failback.md). {@link io.holdfast.cli.failback.WayHome} is the table: what both
 * sites say, read by {@link io.holdfast.cli.failback.Looking}, decides what comes next, and {@link io.holdfast.cli.failback.StepWork} does it. Nothing is stored
 * between two calls.
 */
package io.holdfast.cli.failback;
