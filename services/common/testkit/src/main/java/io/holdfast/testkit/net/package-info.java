/** Networks that are slow, thin and unreliable, in one process. */
package io.holdfast.testkit.net;
