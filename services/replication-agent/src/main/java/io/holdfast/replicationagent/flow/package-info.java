/** What may be sent next, how fast and how well packed: rates, priorities, credit, compression. docs/flow.md is the page. */
package io.holdfast.replicationagent.flow;
