package io.holdfast.recoveryplan.plan;

import io.holdfast.kernel.error.HoldfastException;
import io.holdfast.kernel.id.VmId;
import io.holdfast.recoveryplan.plan.PlanDraft.CardDraft;
import io.holdfast.recoveryplan.plan.PlanDraft.CardSettingDraft;
import java.net.Inet4Address;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.function.BiConsumer;
import java.util.regex.Pattern;

/** The rules of {@link PlanRules} that are about single network cards. The bounds are those of {@code machine.proto}. */
final class CardRulesCheck {
    static final int MAX_CARDS = 256;
    static final int MAX_ADDRESSES = 16;
    static final int MAX_SERVERS = 8;
    private static final int V4_BITS = 32;
    private static final int V6_BITS = 128;
    private static final Pattern MAC = Pattern.compile("[0-9a-f][02468ace](:[0-9a-f]{2}){5}");
    private static final Pattern PREFIX = Pattern.compile("[1-9]\\d{0,2}");

    private final BiConsumer<String, String> refuse;

    CardRulesCheck(BiConsumer<String, String> refuse) {
        this.refuse = refuse;
    }

    List<CardRules> check(String field, List<CardDraft> drafts) {
        List<CardDraft> given = drafts == null ? List.of() : drafts;
        if (given.size() > MAX_CARDS) {
            refuse.accept(field, "at most %d cards are named, not %d".formatted(MAX_CARDS, given.size()));
            return List.of();
        }
        List<CardRules> cards = new ArrayList<>();
        Set<String> named = new HashSet<>();
        for (int index = 0; index < given.size(); index++) {
            String at = field + "[" + index + "]";
            CardDraft draft = given.get(index);
            if (draft == null) {
                refuse.accept(at, "a card must not be null");
                continue;
            }
            String nic = new Bounds(refuse).line(at + ".nic", draft.nic(), PlanRules.MAX_NAME_LENGTH);
            vm(at + ".vmId", draft.vmId()).ifPresent(vm -> {
                if (!named.add(vm + "/" + nic)) {
                    refuse.accept(at + ".nic", "this card is named more than once");
                }
                cards.add(new CardRules(
                        vm, nic, setting(at + ".test", draft.test()), setting(at + ".live", draft.live())));
            });
        }
        return cards;
    }

    private Optional<VmId> vm(String field, String text) {
        try {
            return Optional.of(VmId.parse(text == null ? "" : text));
        } catch (HoldfastException malformed) {
            refuse.accept(field, malformed.getMessage());
            return Optional.empty();
        }
    }

    private CardSetting setting(String field, CardSettingDraft draft) {
        if (draft == null) {
            return CardSetting.NONE;
        }
        List<String> addresses = orEmpty(draft.addresses());
        List<String> gateways = orEmpty(draft.gateways());
        List<String> servers = orEmpty(draft.dnsServers());
        if (addresses.size() > MAX_ADDRESSES || !addresses.stream().allMatch(CardRulesCheck::isPrefixed)) {
            refuse.accept(
                    field + ".addresses",
                    "are at most %d of the form address/prefix, IPv4 or IPv6".formatted(MAX_ADDRESSES));
            addresses = List.of();
        }
        if (!gateways.stream().allMatch(CardRulesCheck::isAddress)
                || gateways.stream().map(CardRulesCheck::isV4).distinct().count() != gateways.size()) {
            refuse.accept(field + ".gateways", "are addresses, at most one for IPv4 and one for IPv6");
            gateways = List.of();
        }
        if (servers.size() > MAX_SERVERS || !servers.stream().allMatch(CardRulesCheck::isAddress)) {
            refuse.accept(field + ".dnsServers", "are at most %d addresses".formatted(MAX_SERVERS));
            servers = List.of();
        }
        if (addresses.isEmpty() && !(gateways.isEmpty() && servers.isEmpty())) {
            refuse.accept(field + ".addresses", "gateways and dnsServers are given together with addresses only");
        }
        return new CardSetting(mac(field + ".mac", draft.mac()), addresses, gateways, servers);
    }

    private Optional<MacRule> mac(String field, String text) {
        if (text == null) {
            return Optional.empty();
        }
        String lower = text.toLowerCase(Locale.ROOT);
        return switch (text) {
            case "KEEP" -> Optional.of(MacRule.KEEP);
            case "NEW" -> Optional.of(MacRule.NEW);
            default -> {
                if (!MAC.matcher(lower).matches()) {
                    refuse.accept(
                            field,
                            "is KEEP, NEW, or six bytes in hexadecimal with colons, the lowest bit of the first 0");
                }
                yield Optional.of(new MacRule(MacRule.Policy.GIVEN, lower));
            }
        };
    }

    private static List<String> orEmpty(List<String> list) {
        return list == null ? List.of() : list;
    }

    private static boolean isPrefixed(String text) {
        int slash = text == null ? -1 : text.indexOf('/');
        return slash > 0
                && isAddress(text.substring(0, slash))
                && PREFIX.matcher(text.substring(slash + 1)).matches()
                && Integer.parseInt(text.substring(slash + 1)) <= (isV4(text.substring(0, slash)) ? V4_BITS : V6_BITS);
    }

    private static boolean isV4(String address) {
        return address != null && isAddress(address) && InetAddress.ofLiteral(address) instanceof Inet4Address;
    }

    /** Numbers only: a name would be looked up at the host, whose answer is not the guest's. */
    static boolean isAddress(String text) {
        if (text == null || text.indexOf('%') >= 0) {
            return false;
        }
        // The JDK also takes "1.2.3" for 1.2.0.3, which nobody means.
        boolean four =
                text.indexOf(':') >= 0 || text.chars().filter(c -> c == '.').count() == 3;
        try {
            return four && InetAddress.ofLiteral(text) != null;
        } catch (IllegalArgumentException notOne) {
            return false;
        }
    }
}
