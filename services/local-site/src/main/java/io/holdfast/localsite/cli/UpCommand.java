package io.holdfast.localsite.cli;

import io.holdfast.kernel.error.HoldfastException;
import io.holdfast.localsite.LocalSite;
import io.holdfast.localsite.LocalSiteError;
import io.holdfast.localsite.SiteOptions;
import io.holdfast.localsite.SiteOptions.KafkaMode;
import io.holdfast.localsite.part.Part;
import io.holdfast.localsite.part.RestartPolicy;
import io.holdfast.localsite.plan.Port;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Starts a site and, unless detached, runs it until it is told to end. */
@Command(
        name = "up",
        description = "Starts the site, waits until every part is ready, and runs until Ctrl-C or 'local-site down'.",
        mixinStandardHelpOptions = true)
final class UpCommand implements Callable<Integer> {
    @Spec
    private CommandSpec spec;

    @Mixin
    private DirectoryOption directory;

    @Option(
            names = "--base-port",
            paramLabel = "<port>",
            description = "First of 16 ports; the first one is the site's address (default: 18400).")
    private Optional<Integer> basePort;

    @Option(
            names = "--port",
            paramLabel = "<name>=<port>",
            description = "One port that differs, such as journal-nbd=10809.")
    private Map<String, Integer> ports = Map.of();

    @Option(
            names = "--distribution",
            paramLabel = "<folder>",
            description = "Where the packaged services are (default: this repository's services/).")
    private Optional<Path> distribution;

    @Option(
            names = "--without",
            split = ",",
            paramLabel = "<part>",
            description = "Parts to leave out, such as replication-agent.")
    private List<String> without = List.of();

    @Option(
            names = "--kafka",
            paramLabel = "in-process|own-process",
            description = "Where the broker runs (default: in-process). Only a process of its own can be killed.")
    private Optional<String> kafka;

    @Option(names = "--no-restart", description = "Leave a part down that ended unasked.")
    private boolean noRestart;

    @Option(
            names = "--disk-root",
            paramLabel = "<folder>",
            description = "A folder whose disk images the agent may serve (default: <directory>/disks).")
    private List<Path> diskRoots = List.of();

    @Option(
            names = "--set",
            paramLabel = "<service>:<name>=<value>",
            description = "One more setting of a service, such as journal-store:holdfast.journal.flush-interval=10s.")
    private List<String> settings = List.of();

    @Option(
            names = "--parallel",
            paramLabel = "<n>",
            description = "How many parts start at once (default: cores + 2).")
    private Optional<Integer> parallel;

    @Option(names = "--ignore-memory", description = "Start although too little memory is free.")
    private boolean ignoreMemory;

    @Option(names = "--detach", description = "Return when the site is ready and leave it running in the background.")
    private boolean detach;

    @Override
    public Integer call() throws Exception {
        SiteOptions options = options();
        if (detach) {
            List<String> sameWithoutDetach = spec.commandLine().getParseResult().originalArgs().stream()
                    .filter(argument -> !argument.equals("--detach"))
                    .toList();
            return new Background(directory.site(), spec.commandLine().getOut()).up(sameWithoutDetach);
        }
        return run(options);
    }

    private int run(SiteOptions options) throws InterruptedException {
        PrintWriter out = spec.commandLine().getOut();
        LocalSite site = LocalSite.prepare(options, "cli", line -> {
            out.println(line);
            out.flush();
        });
        Ending ending = new Ending(site);
        Runtime.getRuntime().addShutdownHook(new Thread(ending, "local-site-stop"));
        try {
            site.startParts();
            Welcome.print(site, out);
        } catch (HoldfastException failed) {
            ending.isOverAlready();
            throw failed;
        }
        // Ends by the shutdown hook only: the signal is the order to stop.
        new CountDownLatch(1).await();
        return CommandLine.ExitCode.OK;
    }

    /** Stops the site on SIGTERM and SIGINT, and makes a clean stop exit code 0 instead of "ended by signal". */
    private static final class Ending implements Runnable {
        private final LocalSite site;
        private volatile boolean over;

        Ending(LocalSite site) {
            this.site = site;
        }

        void isOverAlready() {
            over = true;
        }

        @Override
        public void run() {
            if (!over) {
                site.close();
                Runtime.getRuntime().halt(CommandLine.ExitCode.OK);
            }
        }
    }

    private SiteOptions options() {
        SiteOptions.Builder options = SiteOptions.in(directory.site().root());
        basePort.ifPresent(options::basePort);
        ports.forEach((name, number) -> options.port(Port.parse(name), number));
        distribution.ifPresent(options::distribution);
        without.forEach(name -> options.without(Part.parse(name)));
        kafka.ifPresent(mode -> options.kafka(kafkaMode(mode)));
        if (noRestart) {
            options.restarts(RestartPolicy.NEVER);
        }
        diskRoots.forEach(options::diskRoot);
        settings.forEach(setting -> addSetting(options, setting));
        parallel.ifPresent(options::parallelStarts);
        options.checkMemory(!ignoreMemory);
        return options.build();
    }

    private static KafkaMode kafkaMode(String text) {
        return switch (text) {
            case "in-process" -> KafkaMode.IN_PROCESS;
            case "own-process" -> KafkaMode.OWN_PROCESS;
            default -> throw invalid("--kafka is in-process or own-process, not '%s'.".formatted(text));
        };
    }

    private static void addSetting(SiteOptions.Builder options, String text) {
        int colon = text.indexOf(':');
        int equals = text.indexOf('=', colon + 1);
        if (colon < 1 || equals < colon + 2) {
            throw invalid("--set wants <service>:<name>=<value>, not '%s'.".formatted(text));
        }
        options.setting(
                Part.parse(text.substring(0, colon)), text.substring(colon + 1, equals), text.substring(equals + 1));
    }

    private static HoldfastException invalid(String what) {
        return new HoldfastException(LocalSiteError.LOCAL_SITE_OPTION_INVALID, what);
    }
}
