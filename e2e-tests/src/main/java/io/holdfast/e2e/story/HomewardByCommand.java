package io.holdfast.e2e.story;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.holdfast.e2e.client.SiteClient;
import io.holdfast.localsite.LocalSite;
import io.holdfast.localsite.identity.Role;
import io.holdfast.testkit.Eventually;
import java.io.IOException;
import java.lang.ProcessBuilder.Redirect;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/**
 * By the command {@code holdfast failback}, as a person calls it (docs/failback.md): each call is a process, which knows nothing of those before. In
 * each part one is killed; the next one goes on.
 */
final class HomewardByCommand implements Homeward {
    /** Of one call, which waits for several things that a test waits for one by one. */
    private static final Duration PATIENCE = RecordsVm.PATIENCE.multipliedBy(3);

    private static final int EXIT_BY_SIGKILL = 128 + 9;

    private final Parts parts;
    private final SiteClient a;
    private final String plan;
    private int calls;

    HomewardByCommand(Parts parts) {
        this.parts = parts;
        this.a = parts.home().client();
        this.plan = parts.planAtB().substring(parts.planAtB().lastIndexOf('/') + 1);
    }

    /** Killed when it has made the first group. */
    @Override
    public RecordsApplication.AtSite protect() throws IOException {
        List<String> words = new ArrayList<>(List.of("prepare", plan, "--yes", "--keep-as", HomeSite.OLD_DISKS));
        for (RecordsVm vm : parts.application().vms()) {
            String volume = parts.atB().volume(vm).path("id").asText();
            words.addAll(List.of("--seed", volume + "=" + parts.home().putSeed(volume, vm.disk())));
        }
        killed("make protection group", words);
        done(words);
        return parts.application().found(a);
    }

    /** Killed while it moves. */
    @Override
    public String move() throws IOException {
        Path file = parts.folder().resolve("home-plan.json");
        Files.writeString(file, parts.application().planByNames().toPrettyString());
        List<String> words = List.of("go", plan, "--yes", "--until", "home", "--home-plan-file", file.toString());
        killed("order the MOVE", words);
        return "/api/v1/runs/" + done(words).at("/homeRun/id").asText();
    }

    /** Killed when the other site has let go of the first VM. */
    @Override
    public void stay() throws IOException {
        List<String> words = List.of("go", plan, "--yes");
        killed("detach", words);
        done(words);
        JsonNode again = done(words);
        if (!again.at("/next/kind").asText().equals("DONE")) {
            throw new AssertionError("a way that was gone is gone, but: " + again);
        }
    }

    private void killed(String said, List<String> words) throws IOException {
        Call call = call(words);
        Eventually.await(
                "failback says '%s'".formatted(said),
                PATIENCE,
                () -> call.err().contains(said) || !call.process.isAlive(),
                call::toString);
        call.process.destroyForcibly();
        if (call.exitCode() != EXIT_BY_SIGKILL) {
            throw new AssertionError("it was not killed when it had said '%s', but ended: %s".formatted(said, call));
        }
    }

    /** What it shows when the goal is reached. */
    private JsonNode done(List<String> words) throws IOException {
        Call call = call(words);
        if (call.exitCode() != 0) {
            throw new AssertionError("failback failed: " + call);
        }
        return new ObjectMapper().readTree(Files.readString(call.out));
    }

    private record Call(Process process, Path out, Path errors) {
        int exitCode() {
            try {
                if (!process.waitFor(PATIENCE.toSeconds(), TimeUnit.SECONDS)) {
                    process.destroyForcibly();
                    throw new AssertionError("failback did not end within " + PATIENCE + ": " + err());
                }
                return process.exitValue();
            } catch (InterruptedException interrupted) {
                process.destroyForcibly();
                Thread.currentThread().interrupt();
                throw new AssertionError("interrupted while failback ran", interrupted);
            }
        }

        String err() {
            try {
                return Files.readString(errors);
            } catch (IOException gone) {
                return gone.toString();
            }
        }

        @Override
        public String toString() {
            return (process.isAlive() ? "it runs" : "exit code " + process.exitValue()) + ", it said:\n" + err();
        }
    }

    private Call call(List<String> words) throws IOException {
        int number = ++calls;
        Path command = parts.siteB().distribution().resolve("cli/holdfast");
        List<String> line = new ArrayList<>(List.of(command.toString(), "failback"));
        line.addAll(words);
        line.addAll(List.of(
                "--home-link",
                parts.hostOfB().host(),
                "--away-link",
                parts.hostOfA().host()));
        line.addAll(List.of("--output", "json"));
        Path out = parts.folder().resolve("failback-%d.json".formatted(number));
        Path err = parts.folder().resolve("failback-%d.log".formatted(number));
        LocalSite home = parts.home().site();
        LocalSite away = parts.siteB().site();
        ProcessBuilder process = new ProcessBuilder(line)
                .redirectInput(Redirect.from(Path.of("/dev/null").toFile()))
                .redirectOutput(out.toFile())
                .redirectError(err.toFile());
        process.environment()
                .putAll(Map.of(
                        "HOLDFAST_HOME_SERVER", home.address().toString(),
                        "HOLDFAST_HOME_TOKEN", token(home),
                        "HOLDFAST_AWAY_SERVER", away.address().toString(),
                        "HOLDFAST_AWAY_TOKEN", token(away)));
        return new Call(process.start(), out, err);
    }

    private static String token(LocalSite site) {
        return site.token("failback", Role.ADMIN, Duration.ofHours(1));
    }
}
