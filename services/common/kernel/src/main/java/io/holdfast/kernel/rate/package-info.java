/** How fast something may be sent: rates with windows of the week, and the bucket that keeps to one. */
package io.holdfast.kernel.rate;
