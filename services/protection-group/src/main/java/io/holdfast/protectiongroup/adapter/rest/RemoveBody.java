package io.holdfast.protectiongroup.adapter.rest;

import io.holdfast.protectiongroup.lifecycle.JournalFate;
import org.eclipse.microprofile.openapi.annotations.media.Schema;

/** Body of POST /protection-groups/{id}/remove. What becomes of the history has to be said. */
@Schema(name = "RemoveProtectionGroup")
public record RemoveBody(@Schema(required = true) JournalFate journal) {
    JournalFate read() {
        Read read = new Read();
        read.required("journal", journal);
        read.refuseIfBroken();
        return journal;
    }
}
