/** The write path of a served disk: range locks, dirty regions, and the splitter that hands each guest write to its stream. */
package io.holdfast.replicationagent.capture;
