// What reads bar codes from the camera's picture where the browser can't: ZXing with the formats that goods carry.
import {
    BarcodeFormat, BinaryBitmap, DecodeHintType, HTMLCanvasElementLuminanceSource, HybridBinarizer, MultiFormatReader,
} from "@zxing/library";

const FORMATS = [
    BarcodeFormat.EAN_13, BarcodeFormat.EAN_8, BarcodeFormat.UPC_A, BarcodeFormat.UPC_E, BarcodeFormat.ITF,
    BarcodeFormat.CODE_128, BarcodeFormat.CODE_39, BarcodeFormat.QR_CODE, BarcodeFormat.DATA_MATRIX,
];

/** Give a function that reads the code in a video's present picture; it gives "" where there is none. */
export function reader(video) {
    const decoder = new MultiFormatReader();
    decoder.setHints(new Map([[DecodeHintType.POSSIBLE_FORMATS, FORMATS], [DecodeHintType.ASSUME_GS1, true]]));
    const canvas = document.createElement("canvas");
    const context = canvas.getContext("2d", { willReadFrequently: true });
    return async () => {
        canvas.width = video.videoWidth;
        canvas.height = video.videoHeight;
        context.drawImage(video, 0, 0);
        try {
            const picture = new BinaryBitmap(new HybridBinarizer(new HTMLCanvasElementLuminanceSource(canvas)));
            return decoder.decodeWithState(picture).getText();
        } catch {
            return "";
        }
    };
}
