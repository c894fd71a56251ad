/** Which partitions of topic {@code changes} this router owns, and who owns the others. */
package io.holdfast.replicationrouter.lease;
