/**
 * What runs in a process of its own: libguestfs, called through the JDK's foreign functions. It knows nothing but the JDK, so that it starts from this service's
 * classes alone.
 */
package io.holdfast.journalstore.adapter.guestfs.child;
