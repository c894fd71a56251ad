package io.holdfast.replicationagent.machine;

import static org.assertj.core.api.Assertions.assertThat;

import java.awt.image.BufferedImage;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Random;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ScreenshotTest {
    private static byte[] ppm(String header, byte[] pixels) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        out.writeBytes(header.getBytes(StandardCharsets.ISO_8859_1));
        out.writeBytes(pixels);
        return out.toByteArray();
    }

    private static BufferedImage decoded(Screenshot picture) throws IOException {
        BufferedImage image = ImageIO.read(new ByteArrayInputStream(picture.png()));
        assertThat(image).as("another reader of PNG understands it").isNotNull();
        return image;
    }

    @Test
    void a_pixmap_becomes_a_png_with_the_same_dots() throws IOException {
        long seed = new Random().nextLong();
        Random random = new Random(seed);
        byte[] pixels = new byte[31 * 17 * 3];
        random.nextBytes(pixels);

        BufferedImage image =
                decoded(Screenshot.of(ppm("P6\n31 17\n255\n", pixels)).orElseThrow());

        assertThat(image.getWidth()).isEqualTo(31);
        assertThat(image.getHeight()).isEqualTo(17);
        for (int y = 0; y < 17; y++) {
            for (int x = 0; x < 31; x++) {
                int at = (y * 31 + x) * 3;
                int rgb = (pixels[at] & 0xff) << 16 | (pixels[at + 1] & 0xff) << 8 | pixels[at + 2] & 0xff;
                assertThat(image.getRGB(x, y) & 0xffffff)
                        .as("seed %d, %d/%d", seed, x, y)
                        .isEqualTo(rgb);
            }
        }
    }

    @Test
    void a_picture_that_does_not_compress_is_made_smaller_until_it_fits() throws IOException {
        byte[] noise = new byte[1281 * 801 * 3];
        new Random(7).nextBytes(noise);

        Screenshot picture = Screenshot.of(ppm("P6\n1281 801\n255\n", noise)).orElseThrow();

        assertThat(picture.png()).hasSizeLessThanOrEqualTo(Screenshot.MAX_BYTES);
        BufferedImage image = decoded(picture);
        assertThat(image.getWidth()).isEqualTo(160);
        assertThat(image.getHeight()).isEqualTo(100);
    }

    @Test
    void a_console_of_text_stays_as_large_as_it_is() throws IOException {
        byte[] console = new byte[1920 * 1080 * 3];
        for (int i = 0; i < console.length; i += 97) {
            console[i] = (byte) 0xaa;
        }
        assertThat(decoded(Screenshot.of(ppm("P6\n1920 1080\n255\n", console)).orElseThrow())
                        .getWidth())
                .isEqualTo(1920);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "P6",
                "P5\n1 1\n255\nabc",
                "P6\n0 1\n255\nabc",
                "P6\n1 1\n65535\nabcdef",
                "P6\n1 1\n255\nab",
                "P6\n99999 99999\n255\nabc",
                "P6\n-1 -1\n255\nabc",
                "P6\n16384 16384\n255\nabc",
                "P6\n1x 1\n255\nabc",
                "<svg/>"
            })
    void what_is_no_picture_is_none(String bytes) {
        assertThat(Screenshot.of(bytes.getBytes(StandardCharsets.ISO_8859_1))).isEmpty();
    }

    @Test
    void bytes_by_chance_neither_pass_nor_break_anything() {
        Random random = new Random(11);
        for (int i = 0; i < 2_000; i++) {
            byte[] bytes = new byte[random.nextInt(64)];
            random.nextBytes(bytes);
            if (bytes.length > 2) {
                bytes[0] = 'P';
                bytes[1] = '6';
            }
            assertThat(Screenshot.of(bytes)).isEmpty();
        }
    }
}
