package io.holdfast.journalstore.adapter.image;

import io.holdfast.journalstore.image.ImageExport;
import io.holdfast.journalstore.journal.JournalError;
import io.holdfast.kernel.error.CommonError;
import io.holdfast.kernel.error.ErrorCode;
import io.holdfast.kernel.error.HoldfastException;
import java.io.IOException;
import java.util.Optional;
import java.util.function.LongSupplier;

/** Writes exports, one after the other, on a thread of its own: a child process dies with the thread that started it. */
final class ImageExporter implements AutoCloseable {
    private static final long END_MILLIS = 30_000;

    private final ExportDirectory directory;
    private final ExportOptions options;
    private final LongSupplier freeBytes;
    private Thread worker;

    ImageExporter(ExportDirectory directory, ExportOptions options, LongSupplier freeBytes) {
        this.directory = directory;
        this.options = options;
        this.freeBytes = freeBytes;
    }

    void start(ImageExports exports) {
        worker = Thread.ofPlatform().name("image-exports").daemon().start(() -> work(exports));
    }

    ExportDirectory directory() {
        return directory;
    }

    ExportOptions options() {
        return options;
    }

    /** @throws HoldfastException {@code NO_SPACE} */
    void requireSpace() {
        long free = freeBytes.getAsLong();
        if (free < options.reserveBytes()) {
            throw new HoldfastException(
                    JournalError.NO_SPACE,
                    "the export directory is down to its reserve of %d bytes, %d are free"
                            .formatted(options.reserveBytes(), free));
        }
    }

    private void work(ImageExports exports) {
        try {
            Optional<ExportJob> next = exports.take();
            while (next.isPresent()) {
                try {
                    write(next.get());
                } catch (RuntimeException | Error unforeseen) {
                    next.get().stop(new HoldfastException(CommonError.INTERNAL, unforeseen.toString(), unforeseen));
                    log("an export ended in an unforeseen way", unforeseen);
                }
                exports.ended(next.get());
                next = exports.take();
            }
        } catch (InterruptedException ending) {
            // Nobody waits for it any more.
        }
    }

    private static void log(String what, Throwable cause) {
        System.getLogger(ImageExporter.class.getName()).log(System.Logger.Level.ERROR, what, cause);
    }

    /** On return every volume is there, or the job knows why not. */
    private void write(ExportJob job) {
        ImageExport export = job.export();
        long before = 0;
        try {
            for (ImageExport.Volume volume : export.volumes()) {
                long start = before;
                ImageWriter.write(
                        job.reader(volume),
                        export.format(),
                        directory.fileOf(export, volume),
                        options.qemuImg(),
                        done -> {
                            job.requireGoingOn();
                            requireSpace();
                            job.export(export.at(start + done));
                        });
                before += volume.sizeBytes();
            }
        } catch (HoldfastException failure) {
            job.stop(failure);
        } catch (IOException failure) {
            job.stop(new HoldfastException(codeOf(failure), String.valueOf(failure.getMessage()), failure));
        }
    }

    private static ErrorCode codeOf(IOException failure) {
        return String.valueOf(failure.getMessage()).contains(QemuImg.NO_SPACE_LEFT)
                ? JournalError.NO_SPACE
                : CommonError.STORAGE_UNUSABLE;
    }

    /**
     * Notes durably how a job has ended, by whether it was stopped, and lets go of its point. What cannot be noted shows as failed now and after the next
     * start, whatever was written. Under the lock of {@link ImageExports}.
     */
    void end(ExportJob job) {
        job.releasePoint();
        try {
            job.requireGoingOn();
            job.export(directory.end(job.export().done()));
        } catch (HoldfastException reason) {
            ImageExport failed = job.export().failed(reason);
            job.export(failed);
            try {
                directory.end(failed);
            } catch (HoldfastException notStored) {
                log("a failed export could not be stored", notStored);
            }
        }
    }

    /** Waits until the writer has given up. */
    @Override
    public void close() {
        try {
            worker.join(END_MILLIS);
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
        }
        directory.close();
    }
}
