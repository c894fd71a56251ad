/** What both sides share: every constant and layout of the protocol, and the receive buffer. For use inside this module. */
package io.holdfast.nbd.wire;
