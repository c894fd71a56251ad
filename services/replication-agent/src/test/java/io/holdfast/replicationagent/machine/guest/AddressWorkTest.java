package io.holdfast.replicationagent.machine.guest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.holdfast.kernel.error.HoldfastException;
import io.holdfast.replicationagent.AgentError;
import io.holdfast.replicationagent.machine.guest.GuestAddresses.Prefixed;
import io.holdfast.replicationagent.quiesce.GuestAgentException;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** With a guest in memory; {@code MachinesOnThisHostTest} has a real one. */
class AddressWorkTest {
    private static final String MAC = "52:54:00:00:00:01";

    private static GuestAddresses wanted(String... addresses) {
        return new GuestAddresses(
                List.of(addresses).stream().map(Prefixed::parse).toList(),
                List.of("10.0.0.1"),
                List.of("10.0.0.2", "10.0.0.3"));
    }

    @Test
    void a_linux_guest_is_given_everything_by_one_script_whose_words_are_no_code() {
        FakeGuest guest = new FakeGuest().with("debian", Map.of(MAC, "e'th $0"));

        assertThat(AddressWork.attempt(guest, Map.of(MAC, wanted("10.0.0.5/24", "fd00::5/64"))))
                .isEmpty();
        assertThat(guest.begun).singleElement().satisfies(program -> {
            assertThat(program.path()).isEqualTo("/bin/sh");
            assertThat(program.arguments().subList(2, 7))
                    .containsExactly("holdfast", "e'th $0", "10.0.0.5/24 fd00::5/64", "10.0.0.1", "10.0.0.2 10.0.0.3");
        });
    }

    @Test
    void a_windows_guest_is_given_ipv4_by_netsh_and_nothing_else() {
        FakeGuest guest = new FakeGuest().with("mswindows", Map.of(MAC, "Ethernet 2"));

        assertThat(AddressWork.attempt(guest, Map.of(MAC, wanted("10.0.0.5/20", "10.0.1.5/32"))))
                .isEmpty();
        assertThat(guest.begun)
                .extracting(program -> String.join("|", program.arguments()))
                .containsExactly(
                        "interface|ipv4|set|address|name=Ethernet 2|source=static|address=10.0.0.5|mask=255.255.240.0|gateway=10.0.0.1",
                        "interface|ipv4|add|address|name=Ethernet 2|address=10.0.1.5|mask=255.255.255.255",
                        "interface|ipv4|set|dnsservers|name=Ethernet 2|source=static|address=10.0.0.2|validate=no",
                        "interface|ipv4|add|dnsservers|name=Ethernet 2|address=10.0.0.3|validate=no");
        assertThat(AddressWork.attempt(guest, Map.of(MAC, wanted("fd00::5/64"))))
                .hasValue("a Windows guest is given IPv4 addresses only");
    }

    @Test
    void what_is_in_the_way_is_said() {
        FakeGuest guest = new FakeGuest().with("debian", Map.of("52:54:00:00:00:02", "eth0"));
        assertThat(AddressWork.attempt(guest, Map.of(MAC, wanted("10.0.0.5/24"))))
                .hasValue("the guest has no card with the MAC " + MAC);

        guest.with("debian", Map.of(MAC, "eth0")).ending(_ -> Optional.of(new GuestDoor.End(2, "no\nip\n")));
        assertThat(AddressWork.attempt(guest, Map.of(MAC, wanted("10.0.0.5/24"))))
                .hasValue("card 'eth0': '/bin/sh' ended with exit code 2: no ip");

        guest.failing(new GuestAgentException(GuestAgentException.Kind.SILENT, "no answer in time"));
        assertThat(AddressWork.attempt(guest, Map.of(MAC, wanted("10.0.0.5/24"))))
                .hasValue("no answer in time");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "10.0.0.5",
                "10.0.0.5/",
                "10.0.0.5/33",
                "10.0.0.5/0",
                "10.0.5/24",
                "fd00::1/129",
                "host/24",
                "fe80::1%eth0/64",
                "10.0.0.5/24 10.0.0.6/24",
                "$(reboot)/24",
                "10.0.0.5/-1"
            })
    void an_address_that_is_none_is_refused(String text) {
        assertRefused(() -> wanted(text));
    }

    @Test
    void bounds_are_kept() {
        List<Prefixed> one = List.of(Prefixed.parse("10.0.0.5/24"));
        assertRefused(() -> new GuestAddresses(List.of(), List.of(), List.of()));
        assertRefused(() -> new GuestAddresses(Collections.nCopies(17, one.getFirst()), List.of(), List.of()));
        assertRefused(() -> new GuestAddresses(one, List.of("10.0.0.1", "10.0.0.2"), List.of()));
        assertRefused(() -> new GuestAddresses(one, List.of(), Collections.nCopies(9, "10.0.0.2")));
        assertRefused(() -> new GuestAddresses(one, List.of("gateway"), List.of()));
        assertRefused(() -> new GuestAddresses(one, List.of(), List.of("; reboot")));
    }

    private static void assertRefused(org.assertj.core.api.ThrowableAssert.ThrowingCallable call) {
        assertThatThrownBy(call).isInstanceOfSatisfying(HoldfastException.class, refused -> assertThat(refused.code())
                .isEqualTo(AgentError.MACHINE_SPEC_INVALID));
    }
}
