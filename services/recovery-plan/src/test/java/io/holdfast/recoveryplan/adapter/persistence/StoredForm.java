package io.holdfast.recoveryplan.adapter.persistence;

import io.holdfast.recoveryplan.run.Run;

/** Lets tests of other packages keep a run exactly as the database keeps it. */
public final class StoredForm {
    private static final DocumentMapper MAPPER = new DocumentMapper();

    private StoredForm() {}

    public static String write(Run run) {
        return MAPPER.write(run);
    }

    public static Run read(String json) {
        return MAPPER.read(Run.class, json);
    }
}
