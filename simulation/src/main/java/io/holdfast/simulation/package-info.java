/**
 * Agent, router and journal rules in one thread: the real classes, over a network, a Kafka, disks and a clock that a seeded schedule controls
 * (docs/simulation.md).
 */
package io.holdfast.simulation;
