/** Programs for trying things out by hand. */
package io.holdfast.nbd.tool;
