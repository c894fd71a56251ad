/** The long story: an application of several VMs that leaves its site, works at another and comes home. Tests judge it, the demo tells it, the bench times it. */
package io.holdfast.e2e.story;
