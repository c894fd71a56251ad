package io.holdfast.localsite.adapter.quarkus;

import io.holdfast.localsite.adapter.linux.ChildLauncher;
import io.holdfast.localsite.adapter.linux.ChildLauncher.Command;
import io.holdfast.localsite.adapter.linux.ChildLauncher.WhenParentDies;
import io.holdfast.localsite.adapter.linux.ChildPart;
import io.holdfast.localsite.adapter.linux.RotatingLog;
import io.holdfast.localsite.part.Part;
import io.holdfast.localsite.part.PartRunner;
import io.holdfast.localsite.part.RunningPart;
import io.holdfast.localsite.plan.SiteDirectory;
import java.net.http.HttpClient;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/**
 * One packaged service as a JVM of its own, in its working directory.
 *
 * <p>Quarkus reads {@code config/application.properties} below the working directory and lets it win over what is in
 * the jar. The settings stand there and not on the command line because they hold passwords, and command lines are
 * everybody's to read.
 */
public final class ServiceRunner implements PartRunner {
    private final Part service;
    private final SiteDirectory directory;
    private final Path jar;
    private final int httpPort;
    private final HttpClient client;

    public ServiceRunner(Part service, SiteDirectory directory, Path jar, int httpPort, HttpClient client) {
        this.service = service;
        this.directory = directory;
        this.jar = jar;
        this.httpPort = httpPort;
        this.client = client;
    }

    @Override
    public Part part() {
        return service;
    }

    /** The journal writes its memory tables out; the others have nothing to lose. */
    @Override
    public Duration stopLimit() {
        return service == Part.JOURNAL_STORE ? Duration.ofSeconds(30) : Duration.ofSeconds(10);
    }

    @Override
    public RunningPart launch() {
        RotatingLog log = new RotatingLog(directory.log(service), RotatingLog.DEFAULT_LIMIT_BYTES);
        try {
            Process process = ChildLauncher.launch(new Command(
                    List.of(), command(), directory.work(service), JvmFlags.environment(service), WhenParentDies.KILL));
            return ChildPart.endingOnTerm(process, log, new HealthProbe(client, httpPort));
        } catch (RuntimeException failed) {
            log.close();
            throw failed;
        }
    }

    /** The whole command, for starting a second copy of the service by hand. */
    public List<String> command() {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(JvmFlags.of(service));
        command.add("-jar");
        command.add(jar.toString());
        return command;
    }
}
