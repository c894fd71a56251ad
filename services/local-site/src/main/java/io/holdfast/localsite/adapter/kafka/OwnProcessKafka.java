package io.holdfast.localsite.adapter.kafka;

import io.holdfast.localsite.adapter.linux.ChildLauncher;
import io.holdfast.localsite.adapter.linux.ChildLauncher.Command;
import io.holdfast.localsite.adapter.linux.ChildLauncher.WhenParentDies;
import io.holdfast.localsite.adapter.linux.ChildPart;
import io.holdfast.localsite.adapter.linux.RotatingLog;
import io.holdfast.localsite.part.Part;
import io.holdfast.localsite.part.PartRunner;
import io.holdfast.localsite.part.RunningPart;
import io.holdfast.localsite.plan.SiteDirectory;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;

/** The same broker in a JVM of its own, so that a test can kill it. */
public final class OwnProcessKafka implements PartRunner {
    private final SiteDirectory directory;
    private final int port;
    private final int controllerPort;

    public OwnProcessKafka(SiteDirectory directory, int port, int controllerPort) {
        this.directory = directory;
        this.port = port;
        this.controllerPort = controllerPort;
    }

    @Override
    public Part part() {
        return Part.KAFKA;
    }

    @Override
    public Duration stopLimit() {
        return Duration.ofSeconds(20);
    }

    @Override
    public RunningPart launch() {
        RotatingLog log = new RotatingLog(directory.log(Part.KAFKA), RotatingLog.DEFAULT_LIMIT_BYTES);
        try {
            Process process = ChildLauncher.launch(
                    new Command(List.of(), command(), directory.root(), Map.of(), WhenParentDies.KILL));
            return ChildPart.endingOnTerm(process, log, new KafkaProbe(port));
        } catch (RuntimeException failed) {
            log.close();
            throw failed;
        }
    }

    private List<String> command() {
        return List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx512m",
                "-XX:+UseSerialGC",
                "-XX:-UsePerfData",
                "-XX:+ExitOnOutOfMemoryError",
                "--enable-native-access=ALL-UNNAMED",
                // Kafka unmaps its files with it; JDK 25 prints four lines about that.
                "--sun-misc-unsafe-memory-access=allow",
                "-cp",
                System.getProperty("java.class.path"),
                KafkaMain.class.getName(),
                directory.kafka().toString(),
                Integer.toString(port),
                Integer.toString(controllerPort));
    }
}
