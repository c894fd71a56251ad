/** What the router knows of protection groups: the newest policy of each, and what follows from it for an agent. */
package io.holdfast.replicationrouter.policy;
