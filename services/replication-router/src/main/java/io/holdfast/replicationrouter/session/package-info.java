/** Sessions of agents: who may open one, when one is dead, how it ends. */
package io.holdfast.replicationrouter.session;
