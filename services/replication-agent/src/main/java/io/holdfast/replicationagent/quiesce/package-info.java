/**
 * Guests that stand still for a moment: application-consistent checkpoints, the agent's side (docs/app-consistent.md, F73 to F77).
 */
package io.holdfast.replicationagent.quiesce;
