import FeatureExtraction
import Foundation
import ImageDecoding
import JSON
import SearchService

extension FuzzTarget {
    /// JSON texts: what is read is written and read again.
    static let json = FuzzTarget(
        name: "json", summary: "a JSON text, read, written and read again", maximumBytes: 4096,
        seeds: {
            [
                #"{"a":[1,-2.5e3,true,null,"\u00e9\ud83d\ude00\n"],"b":{"c":18446744073709551615}}"#,
                #"[[[]],{},"",0,-0,1e-400,-9223372036854775808]"#, " \"x\" ",
            ].map { Array($0.utf8) }
        },
        run: { bytes in
            guard let value = try? JSONValue(parsing: bytes) else { return }
            for isPretty in [false, true] {
                let text = value.utf8(pretty: isPretty)
                expect((try? JSONValue(parsing: text)) == value, "what is written reads otherwise")
            }
        })

    /// Model manifests, and the first steps that are taken with a sound one.
    static let manifest = FuzzTarget(
        name: "manifest", summary: "a model's manifest, and the preprocessing that it asks for",
        maximumBytes: 4096,
        seeds: {
            let text = """
                {"format":\(ModelManifest.currentFormat),"name":"m","description":"d",
                "file":"m.onnx","sha256":"\(String(repeating: "0a", count: 32))","source":"s",
                "licence":"MIT","input":{"name":"input","layout":"NCHW","width":8,"height":8,
                "channels":"RGB","range":[0,255],"mean":[127,127,127],"std":[128,128,128],
                "resize":"bicubic","fit":"crop","crop":0.875},"defaultLayer":"top",
                "defaultPooling":"avg","layers":[{"name":"top","operator":"Conv","shape":[4,2,2]},
                {"name":"flat","operator":"Gemm","shape":[10],"channelAxis":0}]}
                """
            // A format that has changed must not make this target blind.
            _ = try ModelManifest(json: Data(text.utf8))
            return [Array(text.utf8)]
        },
        run: { bytes in
            guard let manifest = try? ModelManifest(json: Data(bytes)) else { return }
            for layer in manifest.layers.prefix(4) {
                expect(
                    (try? manifest.extractor(layer: layer.name))?.layer == layer.name,
                    "a layer of the manifest is not found")
                for pooling in Pooling.allCases {
                    expect(layer.dimension(pooling) >= 1, "a vector without numbers")
                }
            }
            _ = try? manifest.extractor(layer: "no such layer")
            guard let preprocessing = try? manifest.input.preprocessing(),
                manifest.input.count <= 1 << 16,
                let picture = try? PixelBuffer(
                    width: 3, height: 2, bytes: [UInt8](repeating: 200, count: 18)),
                let tensor = try? preprocessing.tensor(from: picture)
            else { return }
            expect(tensor.count == manifest.input.count, "a tensor of another size")
        })

    /// Files of labels.
    static let labels = FuzzTarget(
        name: "labels", summary: "a CSV file of labels", maximumBytes: 4096,
        seeds: {
            [
                "filename,label\na.jpg,cat\n\"b, c.jpg\",\"a \"\"dog\"\"\"\r\n",
                "\u{FEFF}label,extra,filename\nx,y,z\n\n",
            ].map { Array($0.utf8) }
        },
        run: { bytes in
            let path = ScratchFolder.write("labels.csv", bytes)
            guard let labels = try? ImageLabels(.file(path)) else { return }
            _ = labels.label(of: "a.jpg")
            _ = labels.label(of: "b, c.jpg")
        })
}
