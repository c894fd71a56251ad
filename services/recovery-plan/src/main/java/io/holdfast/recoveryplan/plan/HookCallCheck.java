package io.holdfast.recoveryplan.plan;

import io.holdfast.kernel.error.HoldfastException;
import io.holdfast.kernel.id.VmId;
import io.holdfast.recoveryplan.plan.ProcedureDraft.GuestDraft;
import io.holdfast.recoveryplan.plan.ProcedureDraft.HeaderDraft;
import io.holdfast.recoveryplan.plan.ProcedureDraft.HookDraft;
import io.holdfast.recoveryplan.plan.ProcedureDraft.HttpDraft;
import io.holdfast.recoveryplan.plan.ProcedureDraft.ProgramDraft;
import java.net.URI;
import java.net.URISyntaxException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.function.BiConsumer;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** The rules of {@link PlanRules} about what a hook may do. Whether the service's settings allow it is seen when it is done, and by a preflight. */
final class HookCallCheck {
    static final int MAX_ARGUMENTS = 64;
    static final int MAX_ARGUMENT = 4_096;
    static final int MAX_VARIABLES = 64;
    static final int MAX_HEADERS = 32;
    static final int MAX_URL = 2_048;
    static final int MAX_BODY = 64 << 10;
    /** As machine.proto has it. */
    static final int MAX_GUEST_ARGUMENTS = 32;

    static final int MAX_GUEST_WORD = 1_024;
    private static final Pattern GUEST_PATH = Pattern.compile("/.+|[A-Za-z]:[\\\\/].+");

    /** No path, and no option of whatever reads it. */
    private static final Pattern FILE = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._-]{0,127}");

    private static final Pattern VARIABLE = Pattern.compile("[A-Za-z_][A-Za-z0-9_]{0,127}");
    private static final Pattern HEADER = Pattern.compile("[A-Za-z0-9!#$%&'*+.^_`|~-]{1,128}");
    private static final Set<String> METHODS = Set.of("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE");
    /** Set by the connection, or by the run. */
    private static final Set<String> OWN_HEADERS = Set.of(
            "connection", "content-length", "expect", "host", "idempotency-key", "te", "transfer-encoding", "upgrade");
    /** Their values would stand in clear in the plan. */
    private static final Set<String> SECRET_HEADERS = Set.of("authorization", "cookie", "proxy-authorization");

    private final BiConsumer<String, String> refuse;

    HookCallCheck(BiConsumer<String, String> refuse) {
        this.refuse = refuse;
    }

    /** @param ofVm the VM that the hook is of; empty if it is a group's */
    Optional<HookCall> check(String field, HookDraft draft, Optional<VmId> ofVm) {
        long given = Stream.of(draft.program(), draft.http(), draft.guest())
                .filter(Objects::nonNull)
                .count();
        if (given != 1) {
            refuse.accept(field, "give exactly one of program, http and guest");
            return Optional.empty();
        }
        if (draft.guest() != null) {
            return guest(field + ".guest", draft.guest(), ofVm);
        }
        return Optional.of(
                draft.program() == null
                        ? http(field + ".http", draft.http())
                        : program(field + ".program", draft.program()));
    }

    private Optional<HookCall> guest(String field, GuestDraft draft, Optional<VmId> ofVm) {
        String path = draft.path() == null ? "" : draft.path();
        if (!GUEST_PATH.matcher(path).matches() || path.length() > MAX_GUEST_WORD || path.indexOf('\0') >= 0) {
            refuse.accept(
                    field + ".path",
                    "is absolute in the guest, as /usr/bin/x or C:\\x.exe, at most %d characters"
                            .formatted(MAX_GUEST_WORD));
        }
        List<String> arguments = draft.arguments() == null ? List.of() : draft.arguments();
        if (arguments.size() > MAX_GUEST_ARGUMENTS
                || arguments.stream()
                        .anyMatch(word -> word == null || word.length() > MAX_GUEST_WORD || word.indexOf('\0') >= 0)) {
            refuse.accept(
                    field + ".arguments",
                    "are at most %d of at most %d characters each".formatted(MAX_GUEST_ARGUMENTS, MAX_GUEST_WORD));
            arguments = List.of();
        }
        List<String> words = arguments;
        return vm(field + ".vmId", draft.vmId(), ofVm).map(vm -> new HookCall.Guest(vm, path, words));
    }

    private Optional<VmId> vm(String field, String given, Optional<VmId> ofVm) {
        if (given == null && ofVm.isPresent()) {
            return ofVm;
        }
        try {
            VmId vm = VmId.parse(given == null ? "" : given);
            if (ofVm.isPresent() && !ofVm.get().equals(vm)) {
                refuse.accept(field, "is the VM that the hook is of, or absent");
            }
            return Optional.of(vm);
        } catch (HoldfastException malformed) {
            refuse.accept(
                    field, given == null ? "names the VM in whose guest the command runs" : malformed.getMessage());
            return Optional.empty();
        }
    }

    private HookCall program(String field, ProgramDraft draft) {
        if (draft.name() == null || !FILE.matcher(draft.name()).matches()) {
            refuse.accept(
                    field + ".name",
                    "is the name of a file in the directory of hooks: letters, digits, '.', '_' and '-', no path");
        }
        List<String> arguments = arguments(field + ".arguments", draft.arguments());
        Map<String, String> variables = draft.environment() == null ? Map.of() : draft.environment();
        if (variables.size() > MAX_VARIABLES || variables.values().stream().anyMatch(value -> !isArgument(value))) {
            refuse.accept(
                    field + ".environment",
                    "has at most %d variables of at most %d characters".formatted(MAX_VARIABLES, MAX_ARGUMENT));
            variables = Map.of();
        }
        variables.keySet().stream()
                .filter(name -> !isVariable(name))
                .sorted()
                .forEach(name -> refuse.accept(
                        field + ".environment",
                        "a variable's name is a word; PATH, LD_… and HOLDFAST_… are the service's own"));
        return new HookCall.Program(draft.name() == null ? "" : draft.name(), arguments, variables);
    }

    private static boolean isVariable(String name) {
        return VARIABLE.matcher(name).matches()
                && !name.equals("PATH")
                && !name.startsWith("LD_")
                && !name.startsWith("HOLDFAST_");
    }

    private static boolean isArgument(String text) {
        return text != null && text.length() <= MAX_ARGUMENT && text.indexOf('\0') < 0;
    }

    private List<String> arguments(String field, List<String> given) {
        List<String> arguments = given == null ? List.of() : given;
        if (arguments.size() > MAX_ARGUMENTS || !arguments.stream().allMatch(HookCallCheck::isArgument)) {
            refuse.accept(field, "are at most %d of at most %d characters each".formatted(MAX_ARGUMENTS, MAX_ARGUMENT));
            return List.of();
        }
        return arguments;
    }

    private HookCall http(String field, HttpDraft draft) {
        String method = draft.method() == null ? "POST" : draft.method();
        if (!METHODS.contains(method)) {
            refuse.accept(
                    field + ".method", "is one of " + METHODS.stream().sorted().toList());
        }
        if (!isUrl(draft.url())) {
            refuse.accept(
                    field + ".url",
                    "is http://host… or https://host…, without user and fragment, at most %d characters"
                            .formatted(MAX_URL));
        }
        String body = draft.body() == null ? "" : draft.body();
        if (body.length() > MAX_BODY) {
            refuse.accept(field + ".body", "has at most %d characters".formatted(MAX_BODY));
        }
        List<Integer> expected = draft.expectedStatus() == null ? List.of() : draft.expectedStatus();
        if (expected.size() > 32
                || expected.stream().anyMatch(status -> status == null || status < 100 || status > 599)) {
            refuse.accept(field + ".expectedStatus", "are at most 32 statuses of 100 to 599");
            expected = List.of();
        }
        return new HookCall.Http(
                method,
                draft.url() == null ? "" : draft.url(),
                headers(field + ".headers", draft.headers()),
                body,
                expected);
    }

    private static boolean isUrl(String text) {
        if (text == null || text.length() > MAX_URL) {
            return false;
        }
        try {
            URI url = new URI(text);
            return ("http".equals(url.getScheme()) || "https".equals(url.getScheme()))
                    && url.getHost() != null
                    && url.getRawUserInfo() == null
                    && url.getRawFragment() == null
                    && url.getPort() <= 65_535;
        } catch (URISyntaxException malformed) {
            return false;
        }
    }

    private List<HookCall.Header> headers(String field, List<HeaderDraft> given) {
        List<HeaderDraft> drafts = given == null ? List.of() : given;
        if (drafts.size() > MAX_HEADERS || drafts.stream().anyMatch(Objects::isNull)) {
            refuse.accept(field, "are at most %d".formatted(MAX_HEADERS));
            return List.of();
        }
        List<HookCall.Header> headers = new ArrayList<>();
        for (int index = 0; index < drafts.size(); index++) {
            headers.add(header(field + "[" + index + "]", drafts.get(index)));
        }
        return headers;
    }

    private HookCall.Header header(String field, HeaderDraft draft) {
        String name = draft.name() == null ? "" : draft.name();
        String lower = name.toLowerCase(Locale.ROOT);
        String value = draft.value() == null ? "" : draft.value();
        if (!HEADER.matcher(name).matches() || OWN_HEADERS.contains(lower)) {
            refuse.accept(
                    field + ".name",
                    "is a header that a request may set; "
                            + OWN_HEADERS.stream().sorted().toList() + " are not");
        }
        if (value.length() > MAX_ARGUMENT || value.chars().anyMatch(c -> c < ' ' || c > '~')) {
            refuse.accept(field + ".value", "has printable ASCII characters, at most %d".formatted(MAX_ARGUMENT));
        }
        if (draft.secret() != null && !FILE.matcher(draft.secret()).matches()) {
            refuse.accept(field + ".secret", "is the name of a secret: letters, digits, '.', '_' and '-'");
        }
        if (draft.secret() == null && SECRET_HEADERS.contains(lower)) {
            refuse.accept(field + ".secret", "%s is given by the name of a secret, never in clear".formatted(name));
        }
        return new HookCall.Header(name, value, Optional.ofNullable(draft.secret()));
    }
}
