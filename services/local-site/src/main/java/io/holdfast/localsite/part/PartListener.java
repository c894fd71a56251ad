package io.holdfast.localsite.part;

import java.util.List;

/** Is told of every change of every part, in order per part. Must return quickly and must not act on parts. */
@FunctionalInterface
public interface PartListener {
    /**
     * @param lastLogLines the newest log lines when the part ended unasked, else empty
     */
    void changed(Part part, PartState now, List<String> lastLogLines);
}
