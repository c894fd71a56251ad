package io.holdfast.localsite.adapter.kafka;

import io.holdfast.localsite.adapter.linux.RotatingLog;
import java.util.List;
import java.util.logging.Formatter;
import java.util.logging.Handler;
import java.util.logging.Level;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import java.util.logging.SimpleFormatter;

/**
 * Sends what the in-process broker logs to {@code kafka.log} and nowhere else.
 *
 * <p>Loggers belong to the process: with two sites in one process each one's file has the lines of both.
 */
final class KafkaLog extends Handler {
    // All loggers are held here because java.util.logging forgets the ones, with handlers and levels, that nobody
    // holds.
    private static final List<Logger> BROKER = List.of(
            Logger.getLogger("org.apache.kafka"), Logger.getLogger("kafka"), Logger.getLogger("state.change.logger"));
    /** What says a page for every client that is made; the probe makes one per question. */
    private static final List<Logger> TALKATIVE = List.of(
            Logger.getLogger("org.apache.kafka.clients.admin"),
            Logger.getLogger("org.apache.kafka.common.config.AbstractConfig"),
            Logger.getLogger("org.apache.kafka.common.metrics"),
            Logger.getLogger("org.apache.kafka.common.utils.AppInfoParser"));

    private final RotatingLog log;
    private final Formatter format = new SimpleFormatter();

    private KafkaLog(RotatingLog log) {
        this.log = log;
    }

    static KafkaLog attach(RotatingLog log) {
        KafkaLog handler = new KafkaLog(log);
        handler.setLevel(Level.INFO);
        for (Logger logger : BROKER) {
            logger.setUseParentHandlers(false);
            logger.addHandler(handler);
        }
        quietClients();
        return handler;
    }

    static void quietClients() {
        TALKATIVE.forEach(logger -> logger.setLevel(Level.WARNING));
    }

    @Override
    public void publish(LogRecord record) {
        if (isLoggable(record)) {
            format.format(record).lines().forEach(log::line);
        }
    }

    @Override
    public void flush() {
        // Lines are written as they come.
    }

    @Override
    public void close() {
        BROKER.forEach(logger -> logger.removeHandler(this));
        log.close();
    }
}
