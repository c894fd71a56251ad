package io.holdfast.journalstore.adapter.image;

import io.holdfast.journalstore.image.ImageExport;
import io.holdfast.journalstore.image.ImageFormat;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;

/** The process that {@link ExportSigkillTest} kills: exports without end, or one export that takes for ever. */
final class ExportCrashChild {
    private ExportCrashChild() {}

    public static void main(String[] arguments) throws Exception {
        ExportFixture fixture = new ExportFixture(Path.of(arguments[0]));
        fixture.store.journal().flush();
        if (arguments[1].equals("slow")) {
            ImageExports exports = fixture.start(fixture.slowQemuImg());
            ImageExport running = fixture.order(exports, ImageFormat.QCOW2);
            fixture.order(exports, ImageFormat.RAW);
            System.out.println("writer " + fixture.awaitWriter(running).pid());
            Thread.currentThread().join();
        }
        ImageExports exports = fixture.start();
        while (true) {
            List<ImageExport> round = Arrays.stream(ImageFormat.values())
                    .map(format -> fixture.order(exports, format))
                    .toList();
            round.forEach(export -> fixture.awaitEnd(exports, export));
            // Half of them stay, so that some have ended at each kill; the limit is far.
            exports.delete(round.getFirst().pg(), round.get(1).id());
            exports.delete(round.getFirst().pg(), round.get(2).id());
            System.out.println("ready");
        }
    }
}
