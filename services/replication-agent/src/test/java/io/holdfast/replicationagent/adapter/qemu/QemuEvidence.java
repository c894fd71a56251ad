package io.holdfast.replicationagent.adapter.qemu;

import io.holdfast.replicationagent.fixture.RunningQemu;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/** Prints what QEMUs complained of when a test fails. */
public final class QemuEvidence implements AfterEachCallback {
    private static final List<RunningQemu> WATCHED = new CopyOnWriteArrayList<>();

    static RunningQemu watch(RunningQemu qemu) {
        WATCHED.add(qemu);
        return qemu;
    }

    @Override
    public void afterEach(ExtensionContext context) {
        if (context.getExecutionException().isPresent()) {
            WATCHED.forEach(qemu -> System.out.println(qemu.evidence()));
        }
        WATCHED.clear();
    }
}
