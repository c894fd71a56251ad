/** Commands on their way to agents: kept until answered or expired. */
package io.holdfast.replicationrouter.command;
