package io.holdfast.journalstore.adapter.guestfs;

import io.holdfast.journalstore.files.Appliance;
import io.holdfast.journalstore.files.OpenedPoint;
import io.holdfast.kernel.error.CommonError;
import io.holdfast.kernel.error.HoldfastException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.UUID;

/** Makes the appliances of a store in a directory that is its own. */
public final class GuestfsMaker implements Appliance.Maker {
    private static final System.Logger LOG = System.getLogger(GuestfsMaker.class.getName());
    private static final String VIEW = "view-";
    private static final int SHORT = 8;

    private final GuestfsOptions options;
    private final Duration answer;

    private GuestfsMaker(GuestfsOptions options, Duration answer) {
        this.options = options;
        this.answer = answer;
    }

    /**
     * Takes the directory: what a store that died has left there, processes and folders, ends now.
     *
     * @param answer longest time of one command of an appliance
     * @throws HoldfastException {@code STORAGE_UNUSABLE}
     */
    public static GuestfsMaker start(GuestfsOptions options, Duration answer) {
        try {
            ViewFolder.create(options.directory());
            int ended = MarkedProcesses.of(options.directory()).end();
            if (ended > 0) {
                LOG.log(
                        System.Logger.Level.WARNING,
                        "processes of file views of an earlier life were ended count={0}",
                        ended);
            }
            for (Path folder : ViewFolder.in(options.directory())) {
                if (folder.getFileName().toString().startsWith(VIEW)) {
                    ViewFolder.remove(folder);
                }
            }
            return new GuestfsMaker(options, answer);
        } catch (IOException | UncheckedIOException | IllegalStateException unusable) {
            throw new HoldfastException(
                    CommonError.STORAGE_UNUSABLE,
                    "the directory of file views %s cannot be used: %s".formatted(options.directory(), unusable),
                    unusable);
        }
    }

    @Override
    public Appliance prepare(UUID view, OpenedPoint point) {
        Path folder = options.directory().resolve(VIEW + view.toString().substring(0, SHORT));
        JournalPoint opened = (JournalPoint) point;
        return new GuestfsAppliance(folder, options, opened.volumes(), opened.exports(), answer);
    }
}
