/** Cutting checkpoints: when, with what, and what becomes of a cut (docs/checkpoint-protocol.md). */
package io.holdfast.replicationrouter.checkpoint;
