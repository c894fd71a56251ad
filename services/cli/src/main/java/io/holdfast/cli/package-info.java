/**
 * The command {@code holdfast}: what an operator does with a site, over its REST interface (F114). It holds no rules of its own: a site that knows more
 * fields than this version shows them in {@code --output json}.
 */
package io.holdfast.cli;
