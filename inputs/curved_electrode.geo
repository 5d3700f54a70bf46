// A box of electrolyte over an electrode with a round bump, in units of the interface width.
// Fine where the lithium will be, coarse above. Physical curves "bottom" (electrode) and "top" (counter electrode).
width = 24; height = 16; radius = 4; fine = 0.235; coarse = 1.5;

Point(1) = {-width/2, 0, 0, fine};
Point(2) = {-radius, 0, 0, fine};
Point(3) = {0, 0, 0, fine};
Point(4) = {radius, 0, 0, fine};
Point(5) = {width/2, 0, 0, fine};
Point(6) = {width/2, height, 0, coarse};
Point(7) = {-width/2, height, 0, coarse};
Point(8) = {0, radius, 0, fine};

Line(1) = {1, 2};
Circle(2) = {2, 3, 8};
Circle(3) = {8, 3, 4};
Line(4) = {4, 5};
Line(5) = {5, 6};
Line(6) = {6, 7};
Line(7) = {7, 1};
Curve Loop(1) = {1, 2, 3, 4, 5, 6, 7};
Plane Surface(1) = {1};

// The size of triangles by the distance to the electrode.
Field[1] = Distance;
Field[1].CurvesList = {1, 2, 3, 4};
Field[1].Sampling = 200;
Field[2] = Threshold;
Field[2].InField = 1;
Field[2].SizeMin = fine;
Field[2].SizeMax = coarse;
Field[2].DistMin = 6;
Field[2].DistMax = 11;
Background Field = 2;
Mesh.MeshSizeFromPoints = 0;
Mesh.MeshSizeExtendFromBoundary = 0;

Physical Curve("bottom") = {1, 2, 3, 4};
Physical Curve("top") = {6};
Physical Surface("electrolyte") = {1};
