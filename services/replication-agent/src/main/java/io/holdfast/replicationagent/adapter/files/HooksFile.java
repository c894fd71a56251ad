package io.holdfast.replicationagent.adapter.files;

import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.holdfast.kernel.error.CommonError;
import io.holdfast.kernel.error.HoldfastException;
import io.holdfast.kernel.id.VmId;
import io.holdfast.replicationagent.quiesce.GuestHooks;
import io.holdfast.replicationagent.quiesce.Hook;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;

/** The host's file with the hooks of its guests (docs/app-consistent.md, "Hooks"). Wrong in one place is wrong as a whole: the agent does not start with it. */
public final class HooksFile {
    private static final int MAX_BYTES = 1 << 20;
    private static final int DEFAULT_TIMEOUT_MS = 5_000;
    private static final ObjectMapper JSON = new ObjectMapper()
            .enable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS);

    private HooksFile() {}

    private record Contents(List<Machine> machines) {}

    private record Machine(String vm, Command before, Command after) {}

    private record Command(String path, List<String> arguments, Integer timeoutMs) {}

    /** @throws HoldfastException {@code INVALID_CONFIGURATION} naming the file and what is wrong in it */
    public static Map<VmId, GuestHooks> load(HookSettings settings) {
        if (settings.file().isEmpty()) {
            return Map.of();
        }
        Path file = settings.file().get();
        try {
            if (Files.size(file) > MAX_BYTES) {
                throw new IllegalArgumentException("it is larger than " + MAX_BYTES + " bytes");
            }
            return read(JSON.readValue(Files.readAllBytes(file), Contents.class), settings.roots());
        } catch (IOException | IllegalArgumentException | HoldfastException wrong) {
            throw new HoldfastException(
                    CommonError.INVALID_CONFIGURATION,
                    "the hooks file %s (holdfast.agent.hooks-file) cannot be used: %s"
                            .formatted(file, wrong.getMessage()),
                    wrong);
        }
    }

    private static Map<VmId, GuestHooks> read(Contents contents, List<String> roots) {
        if (contents == null
                || contents.machines() == null
                || contents.machines().stream().anyMatch(Objects::isNull)) {
            throw new IllegalArgumentException("it has no list 'machines' of objects");
        }
        Map<VmId, GuestHooks> hooks = new HashMap<>();
        for (Machine machine : contents.machines()) {
            VmId vm = VmId.parse(String.valueOf(machine.vm()));
            GuestHooks own = new GuestHooks(hook(machine.before(), roots), hook(machine.after(), roots));
            if (hooks.put(vm, own) != null) {
                throw new IllegalArgumentException("machine " + vm + " is in it twice");
            }
        }
        return hooks;
    }

    private static Optional<Hook> hook(Command command, List<String> roots) {
        if (command == null) {
            return Optional.empty();
        }
        String path = String.valueOf(command.path());
        if (roots.stream().map(HooksFile::folder).noneMatch(path::startsWith)) {
            throw new IllegalArgumentException(
                    "the hook path '%s' is below none of holdfast.agent.hook-roots %s".formatted(path, roots));
        }
        int millis = command.timeoutMs() == null ? DEFAULT_TIMEOUT_MS : command.timeoutMs();
        return Optional.of(new Hook(
                path, command.arguments() == null ? List.of() : command.arguments(), Duration.ofMillis(millis)));
    }

    private static String folder(String root) {
        return root.endsWith("/") ? root : root + "/";
    }
}
