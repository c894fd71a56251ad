package io.holdfast.proto.v1;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import com.google.protobuf.Message;
import com.google.protobuf.Parser;
import java.util.HexFormat;
import java.util.stream.Stream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Messages of version 1 as bytes. A failure here means that agents, journals and topics out there can no longer be read:
 * add a field with a new number instead of changing one.
 */
@DisplayName("The bytes of version 1")
class GoldenBytesTest {
    private static final String PG = "11111111-1111-4111-8111-111111111111";
    private static final String AGENT = "22222222-2222-4222-8222-222222222222";
    private static final String ID = "33333333-3333-4333-8333-333333333333";

    static Stream<Arguments> messages() {
        return Stream.of(
                Arguments.of(
                        "an acknowledgement",
                        RouterFrame.newBuilder()
                                .setAck(Ack.newBuilder().setPgId(PG).setEpoch(7).setSeq(300))
                                .build(),
                        RouterFrame.parser(),
                        "1a2b 0a24" + hex(PG) + "1007 18ac02"),
                Arguments.of(
                        "a batch in the topic",
                        ChangesRecord.newBuilder()
                                .setPgId(PG)
                                .setBatch(ChangeBatch.newBuilder()
                                        .setPgId(PG)
                                        .setAgentId(AGENT)
                                        .setEpoch(1)
                                        .setFirstSeq(2)
                                        .setRecordCount(3)
                                        .addVolumeIds(ID)
                                        .setCodec(Codec.ZSTD)
                                        .setBodyLength(128)
                                        .setBodyCrc32C(0x01020304)
                                        .setBody(ByteString.copyFrom(new byte[] {9, 8}))
                                        .setMarkerCheckpointId(ID)
                                        .setNewestWrittenAtMicros(5))
                                .build(),
                        ChangesRecord.parser(),
                        "0a24" + hex(PG) + "12ae01 0a24" + hex(PG) + "1224" + hex(AGENT)
                                + "1801 2002 2803 3224" + hex(ID) + "3803 408001 4d04030201 52020908 5a24" + hex(ID)
                                + "6005"),
                Arguments.of(
                        "a checkpoint in the topic",
                        ChangesRecord.newBuilder()
                                .setPgId(PG)
                                .setCheckpoint(CheckpointRecord.newBuilder()
                                        .setCheckpointId(ID)
                                        .setKind(CheckpointKind.USER)
                                        .setName("before patch")
                                        .setCutAtMicros(1)
                                        .addPositions(StreamPosition.newBuilder()
                                                .setAgentId(AGENT)
                                                .setEpoch(7)
                                                .setSeq(9))
                                        .setVolumeCount(2)
                                        .setPolicyRevision(4))
                                .build(),
                        ChangesRecord.parser(),
                        "0a24" + hex(PG) + "1a68 0a24" + hex(ID) + "1003 1a0c" + hex("before patch") + "2001 2a2a 0a24"
                                + hex(AGENT) + "1007 1809 3002 3804"),
                Arguments.of(
                        "a machine of a checkpoint",
                        CheckpointRecord.newBuilder()
                                .addMachines(CheckpointMachine.newBuilder()
                                        .setVmId(ID)
                                        .setName("web")
                                        .setSpec(MachineSpec.newBuilder()
                                                .setCpuCount(2)
                                                .setMemoryBytes(1 << 20)
                                                .setFirmware(Firmware.UEFI)
                                                .setMachineType("q35")
                                                .addDisks(MachineDisk.newBuilder()
                                                        .setVolumeId(PG)
                                                        .setBus("sata")
                                                        .setSerial("S"))
                                                .addNics(MachineNic.newBuilder()
                                                        .setName("e")
                                                        .setMac("m")
                                                        .setModel("d")
                                                        .setNetwork("n"))
                                                .setDirectBoot(DirectBoot.newBuilder()
                                                        .setKernel("/k")
                                                        .setInitrd("/i")
                                                        .setCommandLine("c"))))
                                .build(),
                        CheckpointRecord.parser(),
                        "628601 0a24" + hex(ID) + "1203" + hex("web") + "1a59 0802 10808040 1802 2203" + hex("q35")
                                + "2a2f 0a24" + hex(PG) + "1204" + hex("sata") + "1a01" + hex("S") + "320c 0a01"
                                + hex("e") + "1201" + hex("m") + "1a01" + hex("d") + "2201" + hex("n") + "3a0b 0a02"
                                + hex("/k") + "1202" + hex("/i") + "1a01" + hex("c")),
                Arguments.of(
                        "an order to start a machine",
                        AgentCommand.newBuilder()
                                .setStartMachine(StartMachine.newBuilder()
                                        .setMachineId(ID)
                                        .addVolumes(MachineVolume.newBuilder()
                                                .setVolumeId(PG)
                                                .setNbdUri("nbd://a:1/e"))
                                        .addLinks(MachineLink.newBuilder()
                                                .setNic("e")
                                                .setIsolatedNetwork("n"))
                                        .addProbes(ReadinessProbe.newBuilder()
                                                .setTcp(TcpProbe.newBuilder()
                                                        .setAddress("h")
                                                        .setPort(80)))
                                        .setExpiresAtMicros(5))
                                .build(),
                        AgentCommand.parser(),
                        "726e 0a24" + hex(ID) + "3233 0a24" + hex(PG) + "120b" + hex("nbd://a:1/e") + "3a06 0a01"
                                + hex("e") + "1a01" + hex("n") + "4207 0a05 0a01" + hex("h") + "1050 4805"),
                Arguments.of(
                        "a policy",
                        Policy.newBuilder()
                                .setPgId(PG)
                                .setRevision(2)
                                .setName("erp")
                                .setState(PolicyState.REPLICATE)
                                .setPartition(3)
                                .addMembers(Member.newBuilder()
                                        .setVmId(ID)
                                        .setVmName("db")
                                        .setAgentId(AGENT)
                                        .addVolumes(ProtectedVolume.newBuilder()
                                                .setVolumeId(ID)
                                                .setName("root")
                                                .setSizeBytes(4096)))
                                .setCheckpointIntervalMs(5000)
                                .setHistoryWindowMs(3_600_000)
                                .setJournalLimitBytes(0)
                                .setCodec(Codec.LZ4)
                                .build(),
                        Policy.parser(),
                        "0a24" + hex(PG) + "1002 1a03" + hex("erp") + "2001 2803 3281010a24" + hex(ID)
                                + "1202" + hex("db") + "1a24" + hex(AGENT) + "222f 0a24" + hex(ID) + "1204"
                                + hex("root")
                                + "188020 388827 4080dddb01 5002"));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("messages")
    void stay_as_they_are(String what, Message message, Parser<? extends Message> parser, String golden)
            throws Exception {
        byte[] bytes = HexFormat.of().parseHex(golden.replace(" ", ""));

        assertThat(HexFormat.of().formatHex(message.toByteArray()))
                .isEqualTo(HexFormat.of().formatHex(bytes));
        assertThat(parser.parseFrom(bytes)).isEqualTo(message);
    }

    private static String hex(String text) {
        return HexFormat.of().formatHex(text.getBytes(java.nio.charset.StandardCharsets.US_ASCII));
    }
}
