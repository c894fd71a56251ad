package io.holdfast.protectiongroup.capacity;

import java.time.Instant;

/**
 * What one group's guests wrote in one observed minute.
 *
 * @param minute its beginning
 * @param steadyWrittenBytes as in {@link Traffic}
 * @param steadySentBytes as in {@link Traffic}
 */
public record MinuteTraffic(Instant minute, long writtenBytes, long steadyWrittenBytes, long steadySentBytes) {}
