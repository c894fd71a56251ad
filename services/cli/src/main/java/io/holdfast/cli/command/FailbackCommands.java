package io.holdfast.cli.command;

import com.fasterxml.jackson.databind.JsonNode;
import io.holdfast.cli.CommandFailure;
import io.holdfast.cli.ExitCode;
import io.holdfast.cli.failback.Decision;
import io.holdfast.cli.failback.Drive;
import io.holdfast.cli.failback.Goal;
import io.holdfast.cli.failback.Links;
import io.holdfast.cli.failback.Looking;
import io.holdfast.cli.failback.Picture;
import io.holdfast.cli.failback.Sites;
import io.holdfast.cli.failback.WayHome;
import io.holdfast.cli.failback.Wishes;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.function.Supplier;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code holdfast failback …}: the way home of what was recovered at another site, as one order. */
@Command(
        name = "failback",
        description = {
            "Takes VMs home that a plan has recovered at another site, sending only what differs.",
            "It has no state of its own: what comes next follows from what both sites say. Stopped at any moment, it is called again."
        },
        subcommands = {FailbackCommands.Status.class, FailbackCommands.Prepare.class, FailbackCommands.Go.class})
public final class FailbackCommands {

    /** One that has looked at both sites. */
    abstract static class Failback extends PrintingCommand {
        @Mixin
        TwoSitesOptions connection;

        @Parameters(
                paramLabel = "PLAN",
                description = "Plan of the other site by which the VMs came there; name or id.")
        String plan;

        @Option(
                names = "--home-plan",
                paramLabel = "NAME",
                description = "Plan of home that starts them there; default is the name of PLAN.")
        String homePlan;

        @Option(
                names = "--home-link",
                paramLabel = "[VM=]HOST",
                description =
                        "Host of home's inventory whose agent captures what runs away; default is that with the hardware UUID of the machine's host.")
        List<String> homeLinks = List.of();

        @Option(
                names = "--away-link",
                paramLabel = "[VM=]HOST",
                description = "The same at the other site, for what runs at home.")
        List<String> awayLinks = List.of();

        private Sites sites;
        private Supplier<Picture> looking;

        @Override
        final void connect() {
            sites = connection.sites();
            Looking look = new Looking(
                    sites,
                    plan,
                    Optional.ofNullable(homePlan),
                    new Links(sites.home(), sites.away(), homeLinks),
                    new Links(sites.away(), sites.home(), awayLinks));
            looking = look::look;
        }

        Sites sites() {
            return sites;
        }

        Supplier<Picture> looking() {
            return looking;
        }

        ExitCode report(Decision next, Goal goal) {
            var view = new FailbackView(looking.get(), next, goal);
            show(view.json(), _ -> view.print(out()));
            return view.exitCode();
        }
    }

    @Command(name = "status", description = "Where each VM stands, who owns it, and what comes next. Changes nothing.")
    static final class Status extends Failback {
        @Override
        ExitCode run() {
            Wishes none = new Wishes(
                    Map.of(),
                    false,
                    false,
                    Optional.empty(),
                    OptionalInt.empty(),
                    Optional.empty(),
                    Optional.empty(),
                    false);
            ExitCode code = report(WayHome.next(looking().get(), none, Goal.PROTECTED), Goal.PROTECTED);
            return code == ExitCode.DONE ? ExitCode.DONE : ExitCode.FAILED;
        }
    }

    /** One that goes. */
    abstract static class Going extends Failback {
        @Option(
                names = "--seed",
                paramLabel = "VOLUME=FILE",
                description =
                        "An old disk of home, in its folder of seeds, by volume id or VM/DISK; once for every disk. What it holds is kept as a branch, and only what differs is sent.")
        Map<String, String> seeds = new LinkedHashMap<>();

        @Option(
                names = "--without-seeds",
                description = "Volumes without --seed have no old disk at home that matters: they are sent whole.")
        boolean withoutSeeds;

        @Option(
                names = "--compare-whole",
                description = "Read old disks and the machines' disks whole. For an old disk that somebody wrote to"
                        + " past its agent since the site was lost.")
        boolean compareWhole;

        @Option(
                names = "--keep-as",
                paramLabel = "NAME",
                description = "Branch that keeps the old disks; default old-site-<when the failover was ordered>.")
        String keepAs;

        @Option(names = "--keep-days", paramLabel = "N", description = "For how long; default 30.")
        Integer keepDays;

        @Option(names = "--dry-run", description = "Only shows what would be done.")
        boolean dryRun;

        @Option(
                names = {"-y", "--yes"},
                description = "Does not ask.")
        boolean yes;

        @Option(
                names = "--wait-limit",
                paramLabel = "TIME",
                defaultValue = "24h",
                description = "Default ${DEFAULT-VALUE}.")
        String waitLimit;

        abstract Goal goal();

        Wishes wishes() {
            return new Wishes(
                    seeds,
                    withoutSeeds,
                    compareWhole,
                    Optional.ofNullable(keepAs),
                    keepDays == null ? OptionalInt.empty() : OptionalInt.of(keepDays),
                    Optional.empty(),
                    Optional.empty(),
                    false);
        }

        @Override
        ExitCode run() {
            Wishes wishes = wishes();
            Duration limit = Words.duration("--wait-limit", waitLimit);
            Picture before = looking().get();
            before.strangeSeed(wishes).ifPresent(seed -> {
                throw new CommandFailure(ExitCode.USAGE, "--seed: there is no volume '%s' on this way".formatted(seed));
            });
            Decision next = WayHome.next(before, wishes, goal());
            if (dryRun || next instanceof Decision.Refuse || next instanceof Decision.Done) {
                return report(next, goal());
            }
            if (!yes) {
                new FailbackView(before, next, goal()).print(aside());
                Words.agree("Until " + goal().words() + ".");
            }
            Drive drive = new Drive(sites(), looking(), wishes, new Patience(limit), line -> {
                aside().println(line);
                aside().flush();
            });
            return report(drive.to(goal()), goal());
        }
    }

    @Command(
            name = "prepare",
            description =
                    "Home protects what runs away, onto its old disks. Nobody is interrupted; go on with 'failback go'.")
    static final class Prepare extends Going {
        @Override
        Goal goal() {
            return Goal.PREPARED;
        }
    }

    @Command(
            name = "go",
            description =
                    "All that is left of the way: guests are shut down away and start at home, the other site lets go and protects them again.")
    static final class Go extends Going {
        enum Until {
            home,
            protect
        }

        @Option(
                names = "--until",
                paramLabel = "WHAT",
                defaultValue = "protect",
                description =
                        "${COMPLETION-CANDIDATES}: home ends when they run at home, and the other site has let go of nothing; default ${DEFAULT-VALUE}.")
        Until until;

        @Option(
                names = "--home-plan-file",
                paramLabel = "FILE",
                description = "Makes the plan of home when there is none of its name; as for 'plan apply'.")
        Path homePlanFile;

        @Option(
                names = "--shutdown-grace",
                paramLabel = "TIME",
                description = "Time for each VM to shut down; the site's default is 5m.")
        String shutdownGrace;

        @Option(
                names = "--force",
                description = "The MOVE also when 'plan lint' finds what would keep it from its end.")
        boolean force;

        @Override
        Goal goal() {
            return until == Until.home ? Goal.HOME : Goal.PROTECTED;
        }

        @Override
        Wishes wishes() {
            Optional<JsonNode> document = Optional.ofNullable(homePlanFile).map(Words::file);
            Optional<String> grace = Optional.ofNullable(shutdownGrace)
                    .map(text -> Words.duration("--shutdown-grace", text).toString());
            return super.wishes().moving(document, grace, force);
        }
    }
}
